package settings

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// change takes children out of a container and puts new ones in. A new one takes the place of one taken out, so that
// never more than one of the two is left to do. It tells whether the container ends up empty by it; its inside is
// then cleared, comments apart.
func (m *merger) change(n node, removed []int, added []piece) (emptied bool) {
	for len(removed) > 0 && len(added) > 0 {
		m.replace(n.children[removed[0]], added[0])
		removed, added = removed[1:], added[1:]
	}
	switch {
	case len(added) > 0:
		m.append(n, added)
	case len(removed) > 0:
		return m.remove(n, removed)
	}
	return false
}

func (m *merger) replace(c child, p piece) {
	m.edits = append(m.edits, edit{c.start, c.value.end, m.style.render(p, m.lead(c.start))})
}

// append puts pieces behind the last child, or behind the comments that follow it.
func (m *merger) append(n node, pieces []piece) {
	closing := n.end - 1
	base := m.lead(n.start) + m.style.unit
	if k := len(n.children); k > 0 {
		last := n.children[k-1]
		base = m.lead(last.start)
		m.edits = append(m.edits, edit{last.value.end, last.value.end, ","})
	}
	at := n.tail.start
	tail := string(m.src[at:closing])
	separator, end, until := "", "", at
	switch {
	case n.tail.afterLine && !m.style.pretty:
		separator = "\r" // the comment ends with one: a line feed would make the file one of several lines
	case n.tail.afterLine, strings.Contains(tail, "\n"):
		separator = m.style.newline + base
	case len(n.children) == 0 && m.style.pretty:
		separator = m.style.newline + base
		end = m.style.newline + m.lead(n.start)
		until = closing
	case tail != "" || len(n.children) > 0 && m.style.pretty:
		separator = " "
		base = m.lead(at) // of the line that it comes to stand on
	}
	text := ""
	for i, p := range pieces {
		if i > 0 {
			text += ","
		}
		text += separator + m.style.render(p, base)
	}
	m.edits = append(m.edits, edit{at, until, text + end})
}

// lead is the indentation that the line of pos comes to have. One that begins within an entry of ours, which is laid out
// anew, has that entry's. A file of one line needs none.
func (m *merger) lead(pos int) string {
	if !m.style.pretty {
		return ""
	}
	entries := m.models().children
	for {
		line := lineStart(m.src, pos)
		i, _ := slices.BinarySearchFunc(entries, line, func(c child, at int) int { return cmp.Compare(c.start, at) })
		if i == 0 || entries[i-1].value.end <= line {
			return lead(m.src, pos)
		}
		if _, ours := m.ownID(entries[i-1].value); !ours {
			return lead(m.src, pos)
		}
		pos = entries[i-1].start
	}
}

// remove takes children out: each with the white space before it and one comma.
func (m *merger) remove(n node, removed []int) (emptied bool) {
	lastKept := len(n.children) - 1
	for i := len(removed) - 1; i >= 0 && removed[i] == lastKept; i-- {
		lastKept--
	}
	var edits []edit
	for _, i := range removed {
		c := n.children[i]
		comma := c.comma
		if i > lastKept && i > 0 {
			comma = n.children[i-1].comma
		}
		if comma != 0 {
			edits = append(edits, edit{comma, comma + 1, ""})
		}
		edits = append(edits, edit{m.gapToDrop(n, i, removed), c.value.end, ""})
	}
	inside := edit{n.start + 1, n.end - 1, ""}
	if lastKept < 0 && isBlank(apply(m.src[:inside.end], edits)[inside.start:]) {
		m.edits = append(m.edits, inside)
		return true
	}
	m.edits = append(m.edits, edits...)
	return false
}

// gapToDrop is where the white space before a child begins that goes with it. The end of a line comment stays
// unless another follows: what comes next must not fall into the comment.
func (m *merger) gapToDrop(n node, i int, removed []int) int {
	c := n.children[i]
	start := c.gap.start
	if !c.gap.afterLine {
		return start
	}
	switch next := m.src[behind(n, i, removed)]; {
	case next == '\n', next == '\r':
		return start
	case bytes.HasPrefix(m.src[start:], []byte("\r\n")):
		return start + 2
	default:
		return start + 1
	}
}

// behind is where the text goes on that stays after child i: those that go with nothing but white space between them are one.
func behind(n node, i int, removed []int) int {
	for {
		end := n.children[i].value.end
		if n.children[i].comma == end {
			end++
		}
		if i++; i == len(n.children) || n.children[i].gap.start != end || !slices.Contains(removed, i) {
			return end
		}
	}
}

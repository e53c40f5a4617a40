package settings

import (
	"bytes"
	"strings"
)

// style is how the file is laid out; what is written into it follows.
type style struct {
	pretty  bool
	newline string
	unit    string // one level of indentation
}

func styleOf(src []byte, root node) style {
	s := style{newline: "\n", unit: "  "}
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		s.newline = "\r\n"
	}
	s.pretty = len(root.children) == 0 || bytes.IndexByte(src[root.start:root.end], '\n') >= 0
	if len(root.children) == 0 {
		return s
	}
	key := root.children[0].start
	line := lineStart(src, key)
	outer, inner := lead(src, root.start), lead(src, key)
	if line > root.start && line+len(inner) == key && len(inner) > len(outer) && strings.HasPrefix(inner, outer) {
		s.unit = inner[len(outer):]
	}
	return s
}

func lineStart(src []byte, pos int) int { return bytes.LastIndexByte(src[:pos], '\n') + 1 }

// lead is the indentation of the line that pos is on.
func lead(src []byte, pos int) string {
	line := src[lineStart(src, pos):pos]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// piece is an entry or a member, as lines of the wanted document.
type piece []string

// render lays a piece out for a place whose line is indented by base.
func (s style) render(p piece, base string) string {
	var b strings.Builder
	size := 0
	for _, line := range p {
		size += len(line) + len(base)
	}
	b.Grow(size)
	own := indentation(p[0])
	for i, line := range p {
		text := strings.TrimLeft(line, " ")
		if !s.pretty {
			key := keyEnd(text)
			b.WriteString(text[:key])
			b.WriteString(strings.TrimPrefix(text[key:], " "))
			continue
		}
		if i > 0 {
			b.WriteString(s.newline)
			b.WriteString(base)
			b.WriteString(strings.Repeat(s.unit, (indentation(line)-own)/2))
		}
		b.WriteString(text)
	}
	return b.String()
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// keyEnd is where the key of a member ends, with its colon; 0 where the line has none.
func keyEnd(line string) int {
	if !strings.HasPrefix(line, `"`) {
		return 0
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			if strings.HasPrefix(line[i:], `": `) {
				return i + len(`":`)
			}
			return 0
		}
	}
	return 0
}

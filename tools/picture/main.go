// Picture draws what `make demo` does: the template, what the script said, and the settings file before and after.
// Every
// line in it is of the files it is given.
//
//	picture TEMPLATE.tf FOLDER > picture.svg
//
// FOLDER holds before.json, after.json and said, as examples/demo/run.sh leaves them. With one argument, it draws a
// terminal:
//
//	picture droid.txt > droid.svg
//
// droid.txt is what a terminal showed after the module's script had run with the real Droid 0.225.2, without a network
// and an account.
package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	width      = 840
	margin     = 14
	lineHeight = 18
	columns    = 96 // characters in a line; longer ones are continued on the next
	header     = 34
	gap        = 64 // between two cards, for an arrow
)

// The background is a card of its own, so that the text is readable wherever the picture is shown.
const style = `
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
       fill: #1f2328; white-space: pre }
.head { font: 600 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
.note { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #59636e }
.page { fill: #ffffff } .card { fill: #f6f8fa; stroke: #d1d9e0 }
.added { fill: #d2f4dc } .new { fill: #116329; font-weight: 700 }
.arrow { stroke: #59636e; stroke-width: 2; fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #9198a1 }
.page { fill: #0d1117 } .card { fill: #151b23; stroke: #3d444d } .added { fill: #12351f } .new { fill: #4ade80 }
.arrow { stroke: #9198a1 }
}
`

func main() {
	svg, err := draw(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
	fmt.Print(svg)
}

func draw(args []string) (string, error) {
	if len(args) == 1 {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return "", err
		}
		p := &page{y: margin}
		p.card("A workspace's terminal", plain(strings.TrimRight(string(text), "\n")))
		return p.svg("Droid in a workspace"), nil
	}
	if len(args) != 2 {
		return "", fmt.Errorf("usage: picture TEMPLATE.tf FOLDER, or picture TERMINAL.txt")
	}
	var texts [4]string
	for i, file := range []string{
		args[0], filepath.Join(args[1], "before.json"), filepath.Join(args[1], "said"), filepath.Join(args[1], "after.json"),
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		texts[i] = strings.TrimRight(string(text), "\n")
	}
	_, template, found := strings.Cut(texts[0], "\n\n") // without the terraform block
	if !found {
		return "", fmt.Errorf("%s has no resource behind its first block", args[0])
	}
	after, err := compare(strings.Split(texts[1], "\n"), strings.Split(texts[3], "\n"))
	if err != nil {
		return "", err
	}
	p := &page{y: margin}
	p.card("The template, once", plain(template))
	p.arrow("each workspace start: the provider renders, the agent's environment brings it, the script merges")
	p.card("~/.factory/settings.json before, written by a person", plain(texts[1]))
	p.arrow(texts[2])
	p.card("~/.factory/settings.json after (token masked; added text is marked, every other byte is as it was)", after)
	return p.svg("From a template to a settings file"), nil
}

// line is a line of text, with what of it is new: all, or from start to end.
type line struct {
	text       string
	all        bool
	start, end int
}

func plain(text string) []line {
	var out []line
	for _, t := range strings.Split(text, "\n") {
		out = append(out, line{text: t})
	}
	return out
}

// compare marks what is new. A text that is not the old one with text added is an error: the picture could not say so.
func compare(before, after []string) ([]line, error) {
	var out []line
	for _, text := range after {
		l := line{text: text, all: true}
		if len(before) > 0 {
			if start, end, ok := insertion(before[0], text); ok {
				l = line{text: text, start: start, end: end}
				before = before[1:]
			}
		}
		out = append(out, l)
	}
	if len(before) > 0 {
		return nil, fmt.Errorf("this line of the file before is not in the one after: %s", before[0])
	}
	return out, nil
}

// insertion finds the few characters that make a text of an old one.
func insertion(old, text string) (start, end int, ok bool) {
	added := len(text) - len(old)
	if added < 0 || added > 1 {
		return 0, 0, false
	}
	for start < len(old) && old[start] == text[start] {
		start++
	}
	return start, start + added, old[start:] == text[start+added:]
}

type page struct {
	body strings.Builder
	y    int
}

func (p *page) card(title string, lines []line) {
	rows := wrap(lines)
	height := header + len(rows)*lineHeight + margin
	fmt.Fprintf(
		&p.body,
		"<rect class=\"card\" x=\"%d.5\" y=\"%d.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		margin,
		p.y,
		width-2*margin-1,
		height,
	)
	fmt.Fprintf(&p.body, "<text class=\"head\" x=\"%d\" y=\"%d\">%s</text>\n", 2*margin, p.y+22, html.EscapeString(title))
	y := p.y + header
	for _, l := range rows {
		if l.all {
			fmt.Fprintf(
				&p.body,
				"<rect class=\"added\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
				margin+1,
				y,
				width-2*margin-1,
				lineHeight,
			)
			fmt.Fprintf(&p.body, "<text class=\"new\" x=\"%d\" y=\"%d\">+</text>\n", margin+6, y+13)
		}
		text := html.EscapeString(l.text)
		if l.end > l.start {
			text = html.EscapeString(
				l.text[:l.start],
			) + "<tspan class=\"new\">" + html.EscapeString(
				l.text[l.start:l.end],
			) + "</tspan>" + html.EscapeString(
				l.text[l.end:],
			)
			fmt.Fprintf(&p.body, "<text class=\"new\" x=\"%d\" y=\"%d\">+</text>\n", margin+6, y+13)
		}
		fmt.Fprintf(&p.body, "<text xml:space=\"preserve\" x=\"%d\" y=\"%d\">%s</text>\n", 2*margin+4, y+13, text)
		y += lineHeight
	}
	p.y += height
}

// wrap continues long lines on the next row, indented.
func wrap(lines []line) []line {
	var out []line
	for _, l := range lines {
		for utf8.RuneCountInString(l.text) > columns {
			cut := strings.LastIndex(l.text[:columns], " ") + 1
			indent := len(l.text) - len(strings.TrimLeft(l.text, " ")) + 4
			row, rest := l, l
			row.text, rest.text = l.text[:cut], strings.Repeat(" ", indent)+l.text[cut:]
			row.end = min(row.end, cut)
			row.start = min(row.start, row.end)
			rest.end = max(l.end-cut, 0) + indent
			rest.start = max(l.start-cut, 0) + indent
			out = append(out, row)
			l = rest
		}
		out = append(out, l)
	}
	return out
}

func (p *page) arrow(note string) {
	x, top, bottom := 2*margin+8, p.y+8, p.y+gap-8
	fmt.Fprintf(&p.body, "<path class=\"arrow\" d=\"M%d %dV%dm-6 -7l6 7l6 -7\"/>\n", x, top, bottom)
	class := "note"
	if strings.HasPrefix(note, "factory:") {
		class = "said"
	}
	fmt.Fprintf(
		&p.body,
		"<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n",
		class,
		x+20,
		p.y+gap/2+5,
		html.EscapeString(note),
	)
	p.y += gap
}

func (p *page) svg(title string) string {
	height := p.y + margin
	return fmt.Sprintf(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"+
			"<title>%s</title>\n<style>%s</style>\n"+
			"<rect class=\"page\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n%s</svg>\n",
		width,
		height,
		width,
		height,
		title,
		style,
		width,
		height,
		p.body.String(),
	)
}

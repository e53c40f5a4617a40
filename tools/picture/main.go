// Picture draws the pictures of the documentation. Every line in them is of something that ran:
//
//	picture demo FOLDER > demo.svg
//	picture droid PROGRAM FOLDER > droid.svg
//
// FOLDER holds before.json and after.json, as examples/demo/run.sh leaves them. PROGRAM is the real Droid.
package main

import (
	"errors"
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
)

// The background is a card of its own, so that the text is readable wherever the picture is shown.
const style = `
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
       fill: #1f2328; white-space: pre }
.head { font: 600 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
.page { fill: #ffffff } .card { fill: #f6f8fa; stroke: #d1d9e0 }
.added { fill: #d2f4dc } .new { fill: #116329; font-weight: 700 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.page { fill: #0d1117 } .card { fill: #151b23; stroke: #3d444d } .added { fill: #12351f } .new { fill: #4ade80 }
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
	switch {
	case len(args) == 2 && args[0] == "demo":
		return drawDemo(args[1])
	case len(args) == 3 && args[0] == "droid":
		return drawDroid(args[1], args[2])
	}
	return "", errors.New("usage: picture demo FOLDER, or picture droid PROGRAM FOLDER")
}

func drawDemo(folder string) (string, error) {
	before, err := os.ReadFile(filepath.Join(folder, "before.json"))
	if err != nil {
		return "", err
	}
	after, err := os.ReadFile(filepath.Join(folder, "after.json"))
	if err != nil {
		return "", err
	}
	lines, err := compare(linesOf(before), linesOf(after))
	if err != nil {
		return "", err
	}
	return svg("The settings file after a workspace start",
		"~/.factory/settings.json after a start. Marked: what was added. The token is masked.", lines), nil
}

func drawDroid(program, folder string) (string, error) {
	said, err := record(program, filepath.Join(folder, "after.json"))
	if err != nil {
		return "", err
	}
	var lines []line
	for _, text := range said {
		lines = append(lines, line{text: text})
	}
	return svg("Droid in a workspace", "A workspace's terminal. A stand-in answers for the model.", lines), nil
}

func linesOf(text []byte) []string { return strings.Split(strings.TrimRight(string(text), "\n"), "\n") }

// line is a line of text, with what of it is new: all, or from start to end.
type line struct {
	text       string
	all        bool
	start, end int
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

// svg draws one card, with a title of its own and one for who can't see it.
func svg(alternative, title string, lines []line) string {
	var body strings.Builder
	rows := wrap(lines)
	height := header + len(rows)*lineHeight + margin
	fmt.Fprintf(&body, "<rect class=\"card\" x=\"%d.5\" y=\"%d.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		margin, margin, width-2*margin-1, height)
	fmt.Fprintf(&body, "<text class=\"head\" x=\"%d\" y=\"%d\">%s</text>\n",
		2*margin, margin+22, html.EscapeString(title))
	y := margin + header
	for _, l := range rows {
		if l.all {
			fmt.Fprintf(&body, "<rect class=\"added\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
				margin+1, y, width-2*margin-1, lineHeight)
		}
		if l.all || l.end > l.start {
			fmt.Fprintf(&body, "<text class=\"new\" x=\"%d\" y=\"%d\">+</text>\n", margin+6, y+13)
		}
		text := html.EscapeString(l.text[:l.start])
		if l.end > l.start {
			text += "<tspan class=\"new\">" + html.EscapeString(l.text[l.start:l.end]) + "</tspan>"
		}
		text += html.EscapeString(l.text[l.end:])
		fmt.Fprintf(&body, "<text xml:space=\"preserve\" x=\"%d\" y=\"%d\">%s</text>\n", 2*margin+4, y+13, text)
		y += lineHeight
	}
	height += 2 * margin
	return fmt.Sprintf(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%[1]d\" height=\"%[2]d\" role=\"img\">\n"+
			"<title>%[3]s</title>\n<style>%[4]s</style>\n"+
			"<rect class=\"page\" width=\"%[1]d\" height=\"%[2]d\" rx=\"8\"/>\n%[5]s</svg>\n",
		width, height, alternative, style, body.String())
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

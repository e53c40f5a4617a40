package settings

import (
	"fmt"
	"strings"
)

// wanted is the wanted document, taken apart by lines: its layout is fixed by package droid.
type wanted struct {
	entries []entry
	session piece // the member sessionDefaultSettings, nil when no default model is wanted
	model   piece // the member model in it
}

type entry struct {
	id    string
	lines piece
}

func readDocument(document []byte) wanted {
	var w wanted
	lines := strings.Split(string(document), "\n")
	for i := 0; i < len(lines); i++ {
		switch lines[i] {
		case "    {":
			start := i
			for lines[i] != "    }" && lines[i] != "    }," {
				i++
			}
			e := entry{lines: append(piece(nil), lines[start:i+1]...)}
			e.lines[len(e.lines)-1] = "    }"
			e.id = string(decode([]byte(memberJSON(e.lines[2]))))
			w.entries = append(w.entries, e)
		case `  "sessionDefaultSettings": {`:
			w.session = lines[i : i+3]
			w.model = lines[i+1 : i+2]
		}
	}
	return w
}

// memberJSON is the value of a one-line member.
func memberJSON(line string) string {
	_, value, _ := strings.Cut(line, `": `)
	return strings.TrimSuffix(value, ",")
}

func (w wanted) modelJSON() string { return memberJSON(w.model[0]) }

// find returns which entry has the id, or -1.
func (w wanted) find(id []byte) int {
	for i, e := range w.entries {
		if e.id == string(id) {
			return i
		}
	}
	return -1
}

// customModels is the whole member, for a file that has none.
func (w wanted) customModels() piece {
	lines := piece{`  "customModels": [`}
	for i, e := range w.entries {
		lines = append(lines, e.at(i)...)
		if i < len(w.entries)-1 {
			lines[len(lines)-1] += ","
		}
	}
	return append(lines, "  ]")
}

// at is the entry for its place in the array, which Droid's canonical form repeats in it.
func (e entry) at(index int) piece {
	lines := append(piece(nil), e.lines...)
	lines[3] = fmt.Sprintf(`      "index": %d,`, index)
	return lines
}

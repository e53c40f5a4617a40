package droid

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine is a text as a line of a message can show it.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

// Quoted is a value as a message shows it.
func Quoted(s string) string {
	const enough = 100
	if len(s) <= enough {
		return fmt.Sprintf("%q", s)
	}
	end := enough
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%q…", s[:end])
}

// Place is an element of a template's models as a template writes it. It stands in the text of every message about a model.
func Place(i int) string { return fmt.Sprintf("models[%d]", i) }

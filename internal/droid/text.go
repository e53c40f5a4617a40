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

// Place is a model block as Terraform names it, with the model's name if there is one.
func Place(i int, name string) string {
	if name == "" {
		return fmt.Sprintf("model[%d]", i)
	}
	return fmt.Sprintf("model[%d] (%s)", i, Quoted(name))
}

// Enumerated joins words as a sentence has them, and only the first of many.
func Enumerated(words []string) string {
	const enough = 5
	if left := len(words) - enough; left > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:enough], ", "), left)
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

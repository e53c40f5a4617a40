package droid

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOneLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a??b ?[31m é", OneLine("a\r\nb \x1b[31m é"))
}

// A long value is cut between two characters.
func TestQuoted(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `"a\n\"b\""`, Quoted("a\n\"b\""))
	assert.Equal(t, `"`+strings.Repeat("é", 50)+`"`, Quoted(strings.Repeat("é", 50)))
	assert.Equal(t, `"`+strings.Repeat("é", 50)+`"…`, Quoted(strings.Repeat("é", 70000)))
	assert.Equal(t, `"a`+strings.Repeat("é", 49)+`"…`, Quoted("a"+strings.Repeat("é", 70000)))
}

func TestEnumerated(t *testing.T) {
	t.Parallel()
	for want, words := range map[string]string{
		"a": "a", "a and b": "a b", "a, b, c, d, e and f": "a b c d e f", "a, b, c, d, e and 2 more": "a b c d e f g",
	} {
		assert.Equal(t, want, Enumerated(strings.Fields(words)))
	}
}

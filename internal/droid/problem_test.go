package droid

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProblem(t *testing.T) {
	t.Parallel()
	p := Problem{Summary: "Door Closed", Cause: "The door is closed.", Remedy: "Open it.", Error: "EOF"}
	assert.Equal(t, "The door is closed.\n\nOpen it.\n\nError: EOF", p.Detail())
	assert.Equal(t, "The door is closed. It is blue.\n\nOpen it.\n\nError: EOF", p.Adding("It is blue.").Detail())
	assert.Equal(t, p, p.Adding(""))
	assert.Equal(t, "name must not be empty.", Invalid("name", errors.New("must not be empty")).Detail())
}

// Package settings merges a wanted document into Droid's settings file. The file belongs to a person: the merge writes only the
// entries of one namespace and the default model, and every other byte stays.
//
// There is one merge, the awk program in the folder script. A workspace runs it as a part of a shell script, see [Script]. For a
// file on the machine that runs Terraform, this process runs it, see [Merge] and [Update].
package delivery

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/benhoyt/goawk/interp"
	"github.com/benhoyt/goawk/parser"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Owned says which entries of customModels a resource owns: those whose id is of its namespace, or of one that it had before.
type Owned struct {
	Namespace string
	Former    []string
}

// Wanted is what one resource wants to have in a settings file.
type Wanted struct {
	Owned
	// Document is the settings document that package droid renders.
	Document []byte
	// Keep says that the document may lack models, because their list could not be had. Entries that the resource owns and that
	// are not in the document then stay as they are, and so does a default model of the resource.
	Keep bool
}

// SyntaxError says why and where a settings file is refused. Droid itself refuses such a file, or loses every custom model in it.
type SyntaxError struct {
	// Line and Column count from 1, and a column is a byte. Both are 0 if the place is not known.
	Line, Column int
	// Reason says what is wrong. It never quotes the file, which may hold secrets.
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Reason)
}

// Merge puts the wanted document into a settings file and returns the new file. The wanted entries take the places of the entries
// that the resource owns, in their own order. If there are more, Merge appends them. If there are fewer, it removes the rest of the
// old ones, unless w.Keep. A blank file becomes the document itself. If nothing changes, the result is file itself. Merge never modifies file.
//
// The error is a [*SyntaxError] if Droid would refuse the file. strict is for a system-managed file. Merge then also refuses a file
// if a field of an entry has the wrong type. In other files Droid overlooks that, or drops only the entry.
func Merge(file []byte, w Wanted, strict bool) ([]byte, error) {
	environment := []string{
		"merge_mode", "merge",
		"merge_variable", "document",
		"document", ":" + encoded(w.Document, w.Keep),
		"merge_owned", w.prefixes(),
	}
	if strict {
		environment = append(environment, "merge_strict", "1")
	}
	readable := file
	var c byte // takes the place of a NUL, if there is one
	if bytes.IndexByte(file, 0) >= 0 {
		var found bool
		if c, found = standIn(file); !found {
			return nil, &SyntaxError{Reason: "NUL byte"}
		}
		readable = bytes.ReplaceAll(file, []byte{0}, []byte{c})
	}
	var after bytes.Buffer
	verdict, what, err := runAwk(readable, environment, &after)
	switch {
	case err != nil:
		return nil, err
	case verdict == "same":
		return file, nil
	case verdict == "write" && c != 0:
		return bytes.ReplaceAll(after.Bytes(), []byte{c}, []byte{0}), nil
	case verdict == "write":
		return after.Bytes(), nil
	case verdict == "refuse":
		return nil, syntaxError(what)
	}
	return nil, fmt.Errorf("%s: %s", verdict, what)
}

// HasModels tells whether a settings file has a list customModels of its own. A file that can't be read has none.
func HasModels(file []byte) bool {
	verdict, _, err := runAwk(file, []string{"merge_mode", "probe"}, io.Discard)
	return err == nil && verdict == "models"
}

// prefixes is what the ids of the resource's entries begin with, separated by spaces.
func (o Owned) prefixes() string {
	var out []string
	for _, namespace := range append([]string{o.Namespace}, o.Former...) {
		out = append(out, droid.IDPrefix(namespace))
	}
	return strings.Join(out, " ")
}

// standIn finds a control character that the text does not have, to take the place of a NUL. Droid accepts both only in comments.
func standIn(text []byte) (byte, bool) {
	for c := byte(1); c <= 7; c++ {
		if bytes.IndexByte(text, c) < 0 {
			return c, true
		}
	}
	return 0, false
}

// awkProgram is the merge, ready to run. It reads only what it is given, and writes only to the two streams that it is given.
var awkProgram = sync.OnceValues(func() (*parser.Program, error) {
	return parser.ParseProgram([]byte(awkSource(true)), nil)
})

// runAwk runs the merge on a file and splits its answer. The new file goes to output.
func runAwk(file []byte, environment []string, output io.Writer) (verdict, what string, err error) {
	program, err := awkProgram()
	if err != nil {
		return "", "", err
	}
	awk, err := interp.New(program)
	if err != nil {
		return "", "", err
	}
	var answer strings.Builder
	_, err = awk.Execute(&interp.Config{
		Stdin:  bytes.NewReader(file),
		Output: &answer,
		Error:  output,
		// This awk writes to its stream Error under this name, on every platform, and opens no file.
		Environ:       append(environment, "merge_output", "/dev/stderr", "merge_size", strconv.Itoa(len(file))),
		NoArgVars:     true,
		NoExec:        true,
		NoFileReads:   true,
		NewlineOutput: interp.RawNewlineMode,
	})
	if err != nil {
		return "", "", err
	}
	line, _, _ := strings.Cut(answer.String(), "\n")
	verdict, what, _ = strings.Cut(line, " ")
	return verdict, what, nil
}

// syntaxError reads "LINE:COLUMN: REASON".
func syntaxError(text string) error {
	e := &SyntaxError{Reason: text}
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 3 {
		return e
	}
	e.Line, _ = strconv.Atoi(parts[0])
	e.Column, _ = strconv.Atoi(parts[1])
	e.Reason = strings.TrimPrefix(parts[2], " ")
	return e
}

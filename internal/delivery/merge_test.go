package delivery

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/benhoyt/goawk/interp"
	"github.com/benhoyt/goawk/parser"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// resource is the id of the resource that the tests deliver.
const resource = "5f0e9a3c-0000-4000-8000-000000000001"

// delivers is the delivery of that resource.
func delivers(kind string) Delivery {
	return Delivery{Kind: kind, Namespace: "coder", Resource: resource}
}

// contentOf reads a document, as package droid renders it.
func contentOf(t testing.TB, document string, state State) Content {
	t.Helper()
	var d struct {
		CustomModels           []json.RawMessage
		SessionDefaultSettings struct{ Model string }
	}
	require.NoError(t, json.Unmarshal([]byte(document), &d), document)
	c := Content{Document: droid.Document{Text: []byte(document), DefaultID: d.SessionDefaultSettings.Model},
		State: state, Token: "token"}
	for _, entry := range d.CustomModels {
		var out bytes.Buffer
		require.NoError(t, json.Indent(&out, entry, "", "  "))
		var e struct{ ID string }
		require.NoError(t, json.Unmarshal(entry, &e))
		c.Entries = append(c.Entries, droid.Entry{ID: e.ID, Text: out.Bytes()})
	}
	return c
}

// goawk is the merge, ready to run in this process.
var goawk = sync.OnceValues(func() (*parser.Program, error) {
	return parser.ParseProgram([]byte(compose("merge", ".awk", awkFiles)), nil)
})

// merge merges in this process and returns the new file, or the refusal.
func merge(t testing.TB, before string, c Content) (after, refusal string) {
	t.Helper()
	program, err := goawk()
	require.NoError(t, err)
	awk, err := interp.New(program)
	require.NoError(t, err)
	var answer, file bytes.Buffer
	_, err = awk.Execute(&interp.Config{
		Stdin:  strings.NewReader(before),
		Output: &answer,
		Error:  &file,
		// This awk writes to its stream Error under this name and opens no file.
		Environ:       append(awkEnvironment(t, before, c), "merge_output", "/dev/stderr"),
		NoArgVars:     true,
		NoExec:        true,
		NoFileReads:   true,
		NewlineOutput: interp.RawNewlineMode,
	})
	require.NoError(t, err)
	return verdict(t, answer.String(), before, file.String())
}

// awkEnvironment is what the awk program reads, as names and values.
func awkEnvironment(t testing.TB, before string, c Content) []string {
	t.Helper()
	value := delivers(Merge).value(c)
	text, err := base64.StdEncoding.DecodeString(value[strings.LastIndex(value, ":")+1:])
	require.NoError(t, err)
	return []string{
		"merge_wanted", strings.TrimRight(string(text), "\n"), "merge_keep", string(c.State),
		"merge_owned", "custom:coder/", "merge_size", strconv.Itoa(len(before)),
	}
}

// verdict is what an answer of the awk program says.
func verdict(t testing.TB, answer, before, file string) (after, refusal string) {
	t.Helper()
	word, what, _ := strings.Cut(strings.TrimSuffix(answer, "\n"), " ")
	switch word {
	case "same":
		require.Empty(t, file)
		return before, ""
	case "refuse":
		return "", what
	}
	require.Equal(t, "write", word, answer)
	require.Regexp(t, fmt.Sprintf("^%d ", len(file)), what, "the size that it says")
	return file, ""
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range mergeCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			after, refusal := merge(t, c.before, c.content(t))
			require.Equal(t, c.refusal, refusal)
			require.Equal(t, c.after, after)
			if c.refusal == "" {
				again, _ := merge(t, after, c.content(t))
				require.Equal(t, after, again, "a second run changes nothing")
			}
			requireAgreement(t, c.before, c.content(t))
		})
	}
}

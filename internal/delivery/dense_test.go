package delivery

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// catalogue is the document of a resource with many models, as a catalogue gives them.
func catalogue(t *testing.T, models int) string {
	t.Helper()
	s, limit := droid.Settings{Namespace: "coder"}, int64(200000)
	for i := range models {
		name := fmt.Sprintf("vendor-%d-model", i)
		s.Models = append(s.Models, droid.Model{
			Model: name, Provider: droid.Providers()[i%3], DisplayName: "Model " + name, MaxContextLimit: &limit, MaxOutputTokens: &limit,
			ExtraHeaders: map[string]string{"=1": "="},
		})
	}
	text, err := s.Render(droid.Gateway{URL: "https://coder.example.com/api/v2/ai-gateway", Token: "abcdefghij-abcdefghijklmnopqrstuv"})
	require.NoError(t, err)
	return string(text.Text)
}

// 500 models of a catalogue reach a workspace in one variable, under each awk, though the document is larger than that.
func TestLargeDocument(t *testing.T) {
	t.Parallel()
	document := catalogue(t, 500)
	require.Greater(t, len(document), environmentLimit)
	require.True(t, Delivery{Owned: Owned{Namespace: "coder"}, Resource: resource}.Fits([]byte(document)))
	for _, m := range machines(t) {
		if m.shell[0] != "dash" { // the awks differ here
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir, file := home(t, "{\n  \"mine\": true\n}\n")
			r := m.run(t, dir, scriptFor("coder", droid.SettingsPath), document)
			assert.Zero(t, r.status, r.stderr)
			assert.Contains(t, r.stdout, "models: 500 added")
			_, list, _ := strings.Cut(document, "\n")
			assert.Equal(t, "{\n  \"mine\": true,\n"+list+"\n", contents(t, file))
			dir, file = home(t, "")
			m.run(t, dir, scriptFor("coder", droid.SettingsPath), document)
			assert.Equal(t, document, contents(t, file))
		})
	}
}

// A document of the usual size stays as it is, so that others can read the variable.
func TestEncoded(t *testing.T) {
	t.Parallel()
	text, err := base64.StdEncoding.DecodeString(encoded([]byte(catalogue(t, 20)), false))
	require.NoError(t, err)
	assert.Equal(t, catalogue(t, 20), string(text))
	for line, want := range map[string]string{"a\nlonger\nlonger\na": "a\nlonger\n=2\na", "same\nsame\nsame": "same\n=1\n=1", "": "", "\n\n": "\n\n"} {
		assert.Equal(t, want, string(dense([]byte(line))))
	}
}

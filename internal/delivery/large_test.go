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

// catalog is the document of a resource with many models, as a catalog gives them.
func catalog(t testing.TB, models int) string {
	t.Helper()
	s, limit := droid.Settings{Namespace: "coder"}, int64(200000)
	for i := range models {
		name := fmt.Sprintf("vendor-%d-model", i)
		s.Models = append(s.Models, droid.Model{
			Model: name, Provider: droid.Providers()[i%3], DisplayName: "Model " + name,
			MaxContextLimit: &limit, MaxOutputTokens: &limit,
			ExtraHeaders: map[string]string{"=1": "="},
		})
	}
	doc := s.Render(droid.Gateway{
		URL: "https://coder.example.com/api/v2/ai-gateway", Token: "abcdefghij-abcdefghijklmnopqrstuv",
	})
	return string(doc.Text)
}

// 500 models of a catalog reach a workspace in one variable, by each kind of delivery, though the document is larger
// than that.
func TestLargeDocument(t *testing.T) {
	t.Parallel()
	document := catalog(t, 500)
	require.Greater(t, len(document), Limit)
	for _, kind := range []string{Merge, Managed, System} {
		require.LessOrEqual(t, delivers(kind).Size(contentOf(t, document, Keyless)), Limit, kind)
	}
	for _, m := range machines(t) {
		dir, file := home(t, "{\n  \"mine\": true\n}\n")
		got := m.merge(t, dir, document)
		assert.Zero(t, got.status, got.stderr)
		assert.Contains(t, got.stdout, "models: 500 added")
		_, list, _ := strings.Cut(document, "\n")
		assert.Equal(t, "{\n  \"mine\": true,\n"+list+"\n", contents(t, file))
		dir, file = home(t, "")
		m.merge(t, dir, document)
		assert.Equal(t, document, contents(t, file))
		got = m.deliver(t, dir, delivers(Managed), document)
		assert.Zero(t, got.status, got.stderr)
		_, text, _ := strings.Cut(contents(t, managedFile(dir)), "\n")
		assert.Equal(t, document+"\n", text)

		dir, _ = home(t, "")
		got = m.with(t, "awk", "exit 1").deliver(t, dir, delivers(Managed), document)
		refused(t, got, managedFile(dir), "", "awk failed; install mawk", m.String())
	}
}

// managedFile is the managed file in a home.
func managedFile(home string) string {
	return strings.Replace(droid.ManagedSettingsPath("coder"), "~", home, 1)
}

// A document of the usual size stays as it is, so that others can read the variable.
func TestValue(t *testing.T) {
	t.Parallel()
	document := catalog(t, 20)
	value := delivers(Managed).Environment(contentOf(t, document, Incomplete))[Variable("coder")]
	encoded, found := strings.CutPrefix(value, resource+":keep::")
	require.True(t, found, value)
	text, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	assert.Equal(t, marker+" at each start of the workspace; changes are lost. Models: 20\n"+document, string(text))
	for text, want := range map[string]string{
		"a\nlonger\nlonger\na": "a\nlonger\n=2\na", "same\nsame\nsame": "same\n=1\n=1", "": "", "\n\n": "\n\n",
	} {
		assert.Equal(t, want, dense(text))
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct{ path, keys string }{
		Merge: {"~/.factory/settings.json", "FACTORY_CUSTOM_MODELS_DATA_2"},
		Managed: {"~/.factory/data-2-managed.json",
			"FACTORY_CUSTOM_MODELS_DATA_2 FACTORY_CUSTOM_MODELS_DATA_2_TOKEN FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH"},
		System: {"/etc/factory/settings.json", "FACTORY_CUSTOM_MODELS_DATA_2 FACTORY_CUSTOM_MODELS_DATA_2_TOKEN"},
	} {
		require.NoError(t, CheckKind(kind))
		d := Delivery{Kind: kind, Namespace: "data-2", Former: []string{strings.Repeat("a", 16)}, Resource: resource}
		assert.Equal(t, want.path, d.Path())
		c := Content{Token: "token"}
		environment := d.Environment(c)
		assert.Len(t, environment, len(strings.Fields(want.keys)))
		for _, key := range strings.Fields(want.keys) {
			assert.Contains(t, environment, key)
		}
		assert.Equal(t, len(Variable("data-2")+"="+environment[Variable("data-2")])+1, d.Size(c))
		d.SettingsPath = "/opt/settings.json"
		assert.Equal(t, d.SettingsPath, d.Path())

		script := d.Script()
		most := map[string]int{Merge: 26 << 10}[kind]
		assert.LessOrEqual(t, len(script), max(most, 5<<10), kind)
		assert.True(t, strings.HasPrefix(script, "#!/bin/sh\n"))
		t.Logf("the script for %s has %d bytes", kind, len(script))
	}
	require.EqualError(t, CheckKind("local"), `must be "merge", "managed" or "system"`)
}

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// entry is an element of customModels, as Droid reads it.
type entry struct {
	Model, ID, BaseURL, APIKey, Provider string
	ExtraHeaders                         map[string]string
}

func entries(t *testing.T, settings string) []entry {
	t.Helper()
	lines := strings.Split(settings, "\n")
	for i, line := range lines { // the test's own comments stand on lines of their own
		if strings.HasPrefix(strings.TrimSpace(line), "//") {
			lines[i] = ""
		}
	}
	var doc struct{ CustomModels []entry }
	require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &doc), settings)
	return doc.CustomModels
}

// ask sends what Droid sends for an entry, by the facts about it, and returns the status.
func (e entry) ask(t *testing.T) (status int, body string) {
	t.Helper()
	paths := map[string]string{"anthropic": "/v1/messages", "openai": "/responses",
		"generic-chat-completion-api": "/chat/completions"}
	message := []object{{"role": "user", "content": "ping"}}
	request := object{"model": e.Model, "messages": message, "max_tokens": 100}
	if e.Provider == "openai" {
		request = object{"model": e.Model, "input": message}
	}
	text, err := json.Marshal(request)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.BaseURL+paths[e.Provider],
		bytes.NewReader(text))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if e.Provider == "anthropic" {
		req.Header.Set("X-Api-Key", e.APIKey)
		req.Header.Set("Anthropic-Version", "2023-06-01")
	} else {
		req.Header.Set("Authorization", "Bearer "+e.APIKey)
	}
	for name, value := range e.ExtraHeaders {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(answer)
}

// works asserts that the gateway answers what Droid asks.
func (e entry) works(t *testing.T) {
	t.Helper()
	status, body := e.ask(t)
	assert.Equal(t, http.StatusOK, status, "%s: %s", e.ID, body)
}

const personal = `{
  // mine
  "theme": "dark",
  "customModels": [
    // on my desk
    { "model": "qwen", "id": "custom:qwen", "baseUrl": "http://127.0.0.1:9/v1", "provider": "openai" }
  ]
}
`

// A workspace starts, stops, starts with the template of the documentation as it stands, meets a settings file that
// Droid could not read, and is deleted.
func TestWorkspaceLife(t *testing.T) {
	t.Parallel()
	for _, program := range []program{terraformOnPath, openTofu} {
		t.Run(string(program), func(t *testing.T) {
			t.Parallel()
			workspaceLife(t, program)
		})
	}
}

func workspaceLife(t *testing.T, program program) {
	t.Helper()
	d := newDeployment(t, setup{program: program})
	user, _ := d.newUser(t)
	forms, number := allForms()
	template := d.template(t, templateWith(forms+claudeIsDefault, ""))
	w, first := d.workspace(t, user, template)
	w.setSettings(t, personal)

	added := fmt.Sprintf("factory: ~/.factory/settings.json: models: %d added", number)
	w.boot(t, first.succeeded(t), ready, added)()
	info, err := os.Stat(w.settingsPath())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text := w.settings(t)
	assert.Contains(t, text, "// mine")
	assert.Contains(t, text, `"model": "custom:coder/claude"`, "the default model")
	models := entries(t, text)
	require.Len(t, models, 1+number)

	for _, e := range models[1:] {
		e.works(t)
		d.saw(t, e)
	}
	token := models[1].APIKey
	assert.Contains(t, first.ours(t), token)
	stopped := w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	assert.NotContains(t, stopped.ours(t), token, "a dead token does not stay in our state")
	status, _ := models[1].ask(t)
	assert.Equal(t, http.StatusForbidden, status, "a stop kills the token")

	w.setSettings(t, strings.Replace(text, `"theme": "dark"`, `"theme": "light"`, 1))
	version := d.push(t, template.ID, documented(t))
	second := w.run(t, codersdk.WorkspaceTransitionStart, version.ID).succeeded(t)
	w.boot(t, second, ready, fmt.Sprintf("models: 2 added, %d removed", number))()
	text = w.settings(t)
	assert.Contains(t, text, `"theme": "light"`)
	assert.Contains(t, text, `"model": "custom:coder/claude-sonnet-4-5-20250929"`, "the earlier default is gone")
	models = entries(t, text)
	require.Len(t, models, 3)
	for _, e := range models[1:] {
		e.works(t)
		assert.True(t, strings.HasPrefix(e.BaseURL, d.admin.URL.String()+gatewayPath+"/"), e.BaseURL)
	}

	broken := strings.Replace(personal, "\n}\n", ",\n}\n", 1)
	w.setSettings(t, broken)
	w.boot(t, w.run(t, codersdk.WorkspaceTransitionStart, version.ID).succeeded(t), startError,
		"factory: "+w.settingsPath()+":8:1: trailing comma; nothing was written")()
	assert.Equal(t, broken, w.settings(t))
	w.run(t, codersdk.WorkspaceTransitionDelete).succeeded(t)
}

package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/coder/coder/v2/agent/proto"
	"github.com/coder/coder/v2/codersdk"
	"github.com/coder/coder/v2/codersdk/agentsdk"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The example for a dev container, as it stands. There is no Docker here, so the test does what the workspace's agent
// does with one: it asks for the sub-agent's token, and starts an agent with it, with a home of its own.
func TestDevContainer(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../examples/devcontainer/main.tf")
	require.NoError(t, err)
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	w, first := d.workspace(t, user, d.template(t, string(text)+machine))
	first.succeeded(t)

	sub := w.agent(t, true)
	main := w.agent(t, false)
	assert.Equal(t, uuid.NullUUID{UUID: main.ID, Valid: true}, sub.ParentID)
	assert.Empty(t, main.EnvironmentVariables, "the workspace's own agent gets nothing")
	assert.Len(t, sub.EnvironmentVariables, 1)
	require.Len(t, sub.Scripts, 1)
	assert.Contains(t, sub.Scripts[0].Script, "FACTORY_CUSTOM_MODELS_CODER")

	container := &workspace{id: w.id, user: user, admin: d.admin, home: t.TempDir(), inside: true}
	stop := container.bootAgent(t, w.subAgentToken(t, first, sub), ready,
		"factory: ~/.factory/settings.json: models: 2 added")
	stop()
	models := entries(t, container.settings(t))
	require.Len(t, models, 2)
	for _, e := range models {
		status, body := e.ask(t)
		assert.Equal(t, http.StatusOK, status, body)
		assert.True(t, strings.HasPrefix(e.BaseURL, d.admin.URL.String()+gatewayPath+"/"), e.BaseURL)
	}
	assert.NoFileExists(t, w.settingsPath())

	w.run(t, codersdk.WorkspaceTransitionStop).succeeded(t)
	again := w.run(t, codersdk.WorkspaceTransitionStart).succeeded(t)
	stop = container.bootAgent(t, w.subAgentToken(t, again, w.agent(t, true)), ready, "models: 2 updated")
	stop()
	status, body := entries(t, container.settings(t))[0].ask(t)
	assert.Equal(t, http.StatusOK, status, body)
}

// subAgentToken is what the workspace's agent gets for the dev container that it has started.
func (w *workspace) subAgentToken(t *testing.T, b build, sub codersdk.WorkspaceAgent) string {
	t.Helper()
	parent := agentsdk.New(w.user.URL, agentsdk.WithFixedToken(b.agentToken(t)))
	client, _, err := parent.ConnectRPC28(t.Context())
	require.NoError(t, err)
	defer func() { _ = client.DRPCConn().Close() }()
	made, err := client.CreateSubAgent(t.Context(), &proto.CreateSubAgentRequest{Id: sub.ID[:],
		Directory: "/workspaces/repo"})
	require.NoError(t, err)
	token, err := uuid.FromBytes(made.Agent.AuthToken)
	require.NoError(t, err)
	return token.String()
}

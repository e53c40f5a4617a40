package e2e

import (
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
	d := newDeployment(t, setup{})
	user, _ := d.newUser(t)
	w, first := d.workspace(t, user, d.template(t, readFile(t, "../examples/devcontainer/main.tf")+machine))
	first.succeeded(t)

	sub := w.agent(t, true)
	main := w.agent(t, false)
	assert.Equal(t, uuid.NullUUID{UUID: main.ID, Valid: true}, sub.ParentID)
	assert.Empty(t, main.EnvironmentVariables, "the workspace's own agent gets nothing")
	assert.Len(t, sub.EnvironmentVariables, 1)
	require.Len(t, sub.Scripts, 1)
	assert.Contains(t, sub.Scripts[0].Script, "FACTORY_CUSTOM_MODELS_CODER")

	container := &workspace{id: w.id, user: user, admin: d.admin, home: t.TempDir(), inside: true}
	container.bootAgent(t, w.subAgentToken(t, first, sub), ready, "factory: ~/.factory/settings.json: models: 2 added")()
	models := entries(t, container.settings(t))
	require.Len(t, models, 2)
	for _, e := range models {
		e.works(t)
	}
	assert.NoFileExists(t, w.settingsPath())
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

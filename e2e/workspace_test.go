package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const (
	ready      = codersdk.WorkspaceAgentLifecycleReady
	startError = codersdk.WorkspaceAgentLifecycleStartError
)

// patience bounds a wait for something that takes seconds: the machine may be busy.
const patience = 3 * time.Minute

// push makes a template version of one file, and perhaps of folders beside it, and waits for its import, which runs
// Terraform twice.
func (d *deployment) push(
	t *testing.T, template uuid.UUID, text string, folders ...string,
) codersdk.TemplateVersion {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600))
	for _, folder := range folders {
		require.NoError(t, os.CopyFS(filepath.Join(dir, filepath.Base(folder)), os.DirFS(folder)))
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.AddFS(os.DirFS(dir)))
	require.NoError(t, w.Close())
	file, err := d.admin.Upload(t.Context(), codersdk.ContentTypeTar, &archive)
	require.NoError(t, err)
	version, err := d.admin.CreateTemplateVersion(t.Context(), d.organization, codersdk.CreateTemplateVersionRequest{
		TemplateID:    template,
		FileID:        file.ID,
		StorageMethod: codersdk.ProvisionerStorageMethodFile,
		Provisioner:   codersdk.ProvisionerTypeTerraform,
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		version, err = d.admin.TemplateVersion(t.Context(), version.ID)
		require.NoError(t, err)
		return !version.Job.Status.Active()
	}, patience, 100*time.Millisecond)
	logs, stop, err := d.admin.TemplateVersionLogsAfter(t.Context(), version.ID, 0)
	require.NoError(t, err)
	require.Equal(t, codersdk.ProvisionerJobSucceeded, version.Job.Status, "import: %s\n%s", version.Job.Error,
		collect(logs))
	_ = stop.Close()
	return version
}

// template pushes a new template.
func (d *deployment) template(t *testing.T, text string, folders ...string) codersdk.Template {
	t.Helper()
	version := d.push(t, uuid.Nil, text, folders...)
	template, err := d.admin.CreateTemplate(t.Context(), d.organization, codersdk.CreateTemplateRequest{
		Name: "t" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12], VersionID: version.ID,
	})
	require.NoError(t, err)
	return template
}

func collect(logs <-chan codersdk.ProvisionerJobLog) string {
	var b strings.Builder
	for log := range logs {
		b.WriteString(log.Output)
		b.WriteByte('\n')
	}
	return b.String()
}

// workspace is a workspace of a user, with the home folder that outlives its builds.
type workspace struct {
	id    uuid.UUID
	user  *codersdk.Client
	admin *codersdk.Client
	home  string
	// etc takes the place of /etc, if it is set.
	etc *privateEtc
	// temporary is the folder for temporary files and logs of the last boot.
	temporary string
	// inside a dev container: the agent is the one that the workspace's own agent starts there.
	inside bool
}

// build is how a workspace build went.
type build struct {
	codersdk.WorkspaceBuild
	log   string
	state string
}

func (d *deployment) workspace(t *testing.T, user *codersdk.Client, template codersdk.Template) (*workspace, build) {
	t.Helper()
	made, err := user.CreateUserWorkspace(t.Context(), codersdk.Me, codersdk.CreateWorkspaceRequest{
		TemplateID: template.ID, Name: "w" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12],
	})
	require.NoError(t, err)
	w := &workspace{id: made.ID, user: user, admin: d.admin, home: t.TempDir()}
	return w, w.wait(t, made.LatestBuild.ID)
}

// run starts, stops or deletes the workspace.
func (w *workspace) run(t *testing.T, transition codersdk.WorkspaceTransition, version ...uuid.UUID) build {
	t.Helper()
	request := codersdk.CreateWorkspaceBuildRequest{Transition: transition}
	if len(version) > 0 {
		request.TemplateVersionID = version[0]
	}
	made, err := w.user.CreateWorkspaceBuild(t.Context(), w.id, request)
	require.NoError(t, err)
	return w.wait(t, made.ID)
}

func (w *workspace) wait(t *testing.T, id uuid.UUID) build {
	t.Helper()
	var b build
	require.Eventually(t, func() bool {
		made, err := w.user.WorkspaceBuild(t.Context(), id)
		require.NoError(t, err)
		b.WorkspaceBuild = made
		return !made.Job.Status.Active()
	}, patience, 100*time.Millisecond)
	logs, stop, err := w.user.WorkspaceBuildLogsAfter(t.Context(), id, 0)
	require.NoError(t, err)
	b.log = collect(logs)
	_ = stop.Close()
	state, err := w.admin.WorkspaceBuildState(t.Context(), id)
	require.NoError(t, err)
	b.state = string(state)
	return b
}

// succeeded is the build, if it went well.
func (b build) succeeded(t *testing.T) build {
	t.Helper()
	require.Equal(t, codersdk.ProvisionerJobSucceeded, b.Job.Status, "%s\n%s", b.Job.Error, b.log)
	return b
}

// instances are what the state has of a resource or a data source, as text.
func (b build) instances(t *testing.T, kind, name string) string {
	t.Helper()
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.state), &state))
	for _, r := range state.Resources {
		if r.Type == kind && r.Name == name {
			return string(r.Instances)
		}
	}
	return ""
}

// ours is what the state has of our resource, as text.
func (b build) ours(t *testing.T) string {
	t.Helper()
	return b.instances(t, "factory_custom_models", "droid")
}

// attribute is a text that the state has of a resource or a data source.
func (b build) attribute(t *testing.T, kind, name, attribute string) string {
	t.Helper()
	var instances []struct{ Attributes map[string]any }
	require.NoError(t, json.Unmarshal([]byte(b.instances(t, kind, name)), &instances))
	require.Len(t, instances, 1)
	return instances[0].Attributes[attribute].(string)
}

// agentToken is in the state, where a template's init script would take it from.
func (b build) agentToken(t *testing.T) string {
	t.Helper()
	return b.attribute(t, "coder_agent", "main", "token")
}

// sessionToken is the owner's, as the template's data source has it in the state.
func (b build) sessionToken(t *testing.T) string {
	t.Helper()
	return b.attribute(t, "coder_workspace_owner", "me", "session_token")
}

// boot runs the workspace's agent, which runs the script, until its state is the wanted one and the script has said
// some words; it ends with the test or by stop.
func (w *workspace) boot(t *testing.T, b build, want codersdk.WorkspaceAgentLifecycle, says ...string) (stop func()) {
	t.Helper()
	return w.bootAgent(t, b.agentToken(t), want, says...)
}

func (w *workspace) bootAgent(
	t *testing.T, token string, want codersdk.WorkspaceAgentLifecycle, says ...string,
) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w.temporary = t.TempDir()
	w.etc.give(t, w.temporary)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = []string{
		asCoder + "=agent", "PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "USER=root", "TMPDIR=" + w.temporary,
		"CODER_AGENT_URL=" + w.user.URL.String(), "CODER_AGENT_TOKEN=" + token, "CODER_AGENT_LOG_DIR=" + w.temporary,
		"CODER_AGENT_PPROF_ADDRESS=127.0.0.1:0", "CODER_AGENT_PROMETHEUS_ADDRESS=127.0.0.1:0",
		"CODER_AGENT_DEBUG_ADDRESS=127.0.0.1:0",
		"CODER_AGENT_DEVCONTAINERS_ENABLE=false", "CODER_AGENT_SOCKET_SERVER_ENABLED=false",
	}
	w.etc.wrap(cmd)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	var agent codersdk.WorkspaceAgent
	output := ""
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the script said:\n%s\nthe agent's log ends:\n%s", output, tail(stderr.String()))
		}
	})
	require.Eventually(t, func() bool {
		agent = w.agent(t, w.inside)
		return agent.LifecycleState == ready || agent.LifecycleState == startError
	}, patience, 100*time.Millisecond, "the agent starts")
	require.Eventually(t, func() bool { // the log comes on its own time
		output = w.said(t, agent)
		missing := func(words string) bool { return !strings.Contains(output, words) }
		return !slices.ContainsFunc(append(says, "factory: "), missing)
	}, time.Minute, 200*time.Millisecond, "the script says %q", says)
	require.Equal(t, want, agent.LifecycleState, output)
	return stop
}

// said is what has come of an agent's log.
func (w *workspace) said(t *testing.T, agent codersdk.WorkspaceAgent) (output string) {
	t.Helper()
	logs, closer, err := w.user.WorkspaceAgentLogsAfter(t.Context(), agent.ID, 0, false)
	require.NoError(t, err)
	for batch := range logs {
		for _, log := range batch {
			output += log.Output + "\n"
		}
	}
	_ = closer.Close()
	return output
}

// agent is the workspace's own agent, or the one in its dev container.
func (w *workspace) agent(t *testing.T, inside bool) (agent codersdk.WorkspaceAgent) {
	t.Helper()
	ws, err := w.user.Workspace(t.Context(), w.id)
	require.NoError(t, err)
	for _, r := range ws.LatestBuild.Resources {
		for _, a := range r.Agents {
			if a.ParentID.Valid == inside {
				agent = a
			}
		}
	}
	return agent
}

func (w *workspace) settingsPath() string { return filepath.Join(w.home, ".factory", "settings.json") }

func (w *workspace) settings(t *testing.T) string {
	t.Helper()
	return readFile(t, w.settingsPath())
}

// setSettings writes the user's file with the mode that most editors give it.
func (w *workspace) setSettings(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(w.settingsPath()), 0o700))
	require.NoError(t, os.WriteFile(w.settingsPath(), []byte(text), 0o644))
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// holds tells whether a text has a secret: as it is, in the hexadecimal of a dump, or in base64 at any of the three
// alignments.
func holds(text, secret string) bool {
	if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
		return true
	}
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		if strings.Contains(text, encoded[4:len(encoded)-4]) { // without what depends on its neighbors
			return true
		}
	}
	return false
}

func tail(text string) string {
	const most = 4000
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return text
}

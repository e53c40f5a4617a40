package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"maps"
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

// push makes a template version of one file, and perhaps of others by their paths, and waits for its import, which
// runs Terraform twice.
func (d *deployment) push(
	t *testing.T, template uuid.UUID, text string, others ...map[string]string,
) codersdk.TemplateVersion {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	folders := map[string]bool{".": true}
	for _, files := range append(others, map[string]string{"main.tf": text}) {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			text := files[name]
			for at := range name {
				if folder := name[:at]; name[at] == '/' && !folders[folder] {
					folders[folder] = true
					require.NoError(t, w.WriteHeader(&tar.Header{Name: folder + "/", Typeflag: tar.TypeDir, Mode: 0o700}))
				}
			}
			require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}))
			_, err := w.Write([]byte(text))
			require.NoError(t, err)
		}
	}
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
func (d *deployment) template(t *testing.T, text string, others ...map[string]string) codersdk.Template {
	t.Helper()
	version := d.push(t, uuid.Nil, text, others...)
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
	// temporary is the folder for temporary files of the last boot.
	temporary string
	// inside a dev container: the agent is the one that the workspace's own agent starts there.
	inside bool
	// arguments are those of all programs that ran while the agent started, as others on the machine could see them.
	arguments map[string]bool
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

// ours is what the state has of our resource, as text.
func (b build) ours(t *testing.T) string {
	t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.state), &state))
	for _, r := range state.Resources {
		if r.Type == "factory_custom_models" {
			return string(r.Instances)
		}
	}
	return ""
}

// attributes are some that the state has of our resource.
type attributes struct {
	Env      map[string]string
	ModelIDs []string `json:"model_ids"`
}

func (b build) attributes(t *testing.T) attributes {
	t.Helper()
	var instances []struct{ Attributes attributes }
	require.NoError(t, json.Unmarshal([]byte(b.ours(t)), &instances))
	require.Len(t, instances, 1)
	return instances[0].Attributes
}

// document is what the environment brings to the workspace.
func (b build) document(t *testing.T) string {
	t.Helper()
	return b.attributes(t).Env["FACTORY_CUSTOM_MODELS_CODER"]
}

// agentToken is in the state, where a template's init script would take it from.
func (b build) agentToken(t *testing.T) string {
	t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes struct{ Token string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.state), &state))
	for _, r := range state.Resources {
		if r.Type == "coder_agent" && len(r.Instances) > 0 {
			return r.Instances[0].Attributes.Token
		}
	}
	t.Fatal("the build has no agent")
	return ""
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
		"CODER_AGENT_URL=" + w.user.URL.String(), "CODER_AGENT_TOKEN=" + token, "CODER_AGENT_LOG_DIR=" + w.home,
		"CODER_AGENT_PPROF_ADDRESS=127.0.0.1:0", "CODER_AGENT_PROMETHEUS_ADDRESS=127.0.0.1:0",
		"CODER_AGENT_DEBUG_ADDRESS=127.0.0.1:0",
		"CODER_AGENT_DEVCONTAINERS_ENABLE=false", "CODER_AGENT_SOCKET_SERVER_ENABLED=false",
	}
	w.etc.wrap(cmd)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	defer w.watch()()
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

// watch notes the arguments of all programs until it is told to stop.
func (w *workspace) watch() (stop func()) {
	w.arguments = make(map[string]bool)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
			}
			lists, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, list := range lists {
				if text, err := os.ReadFile(list); err == nil {
					w.arguments[string(text)] = true
				}
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// hides asserts that the agent has not shown a secret: not in its log, which holds the script, and not in an argument.
func (w *workspace) hides(t *testing.T, secrets ...string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(w.home, "*.log"))
	require.NoError(t, err)
	shown := ""
	for _, log := range logs {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		shown += string(text)
	}
	require.Contains(t, shown, "merge_program", "the script is in the agent's log")
	require.NotEmpty(t, w.arguments)
	for arguments := range w.arguments { // the script itself is too short a thing to be among them each time
		shown += arguments
	}
	for _, secret := range secrets {
		require.NotEmpty(t, secret)
		if strings.Contains(shown, secret) { // a failed assertion would show it once more
			t.Error("a secret is shown")
		}
	}
}

func (w *workspace) settingsPath() string { return filepath.Join(w.home, ".factory", "settings.json") }

func (w *workspace) settings(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(w.settingsPath())
	require.NoError(t, err)
	return string(text)
}

// setSettings writes the user's file with the mode that most editors give it.
func (w *workspace) setSettings(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(w.settingsPath()), 0o700))
	require.NoError(t, os.WriteFile(w.settingsPath(), []byte(text), 0o644))
}

func readFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}

func tail(text string) string {
	const most = 4000
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return text
}

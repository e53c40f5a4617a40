package e2e

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counted counts the bytes of an answer.
type counted struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

func (c counted) Write(text []byte) (int, error) {
	c.bytes.Add(int64(len(text)))
	return c.ResponseWriter.Write(text)
}

// Monday morning: users, a quarter as many as LOAD says workspaces, start them at once through four provisioners, with
// Coder's own limits on the rate of calls. No start fails or warns. It says what a start costs the deployment, and how
// much longer it takes than without us.
//
//nolint:paralleltest // it measures
func TestLoad(t *testing.T) {
	workspaces, err := strconv.Atoi(os.Getenv("LOAD"))
	if err != nil {
		t.Skip("make load runs it")
	}
	d := newDeployment(t, setup{rateLimits: true})
	d.offerUsual(t)
	for range 3 {
		d.startProvisioner(t, terraformOnPath.path(t))
	}
	users := make([]*codersdk.Client, max(1, workspaces/4))
	for i := range users {
		users[i], _ = d.newUser(t)
	}
	var calls, bytes atomic.Int64
	f := d.front(t)
	f.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		calls.Add(1)
		next.ServeHTTP(counted{w, &bytes}, r)
	})
	with := func(lines string) string { return templateWith(lines, throughFront(f)) }
	one := model("claude-sonnet-4-5-20250929", "anthropic", "claude")
	alone := strings.NewReplacer("BODY", "", "factory_custom_models.droid.env", "{}",
		"factory_custom_models.droid.script", `"true"`, "    factory = { source = \"coder/factory\" }\n", "",
		"resource \"factory_custom_models\" \"droid\" {\n\n}\n", "").Replace(templateWith("", ""))
	var base time.Duration
	for _, v := range []struct{ name, template string }{
		{"without us", alone}, {"models", with(one)}, {"catalog", with(chosen)},
		{"gateway token", with(one + "  token_scope = \"gateway\"\n")},
	} {
		calls.Store(0)
		bytes.Store(0)
		begin := time.Now()
		took := d.startAll(t, users, d.template(t, v.template), workspaces)
		p50, p95 := took[len(took)/2], took[len(took)*95/100]
		if base == 0 {
			base = p95
		}
		n := int64(workspaces)
		t.Logf("%-13s  %d starts in %s: p50 %s, p95 %s, which is %s more; %.1f calls and %.1f KB a start", v.name, workspaces,
			time.Since(begin).Round(time.Second), p50.Round(10*time.Millisecond), p95.Round(10*time.Millisecond),
			(p95 - base).Round(10*time.Millisecond), float64(calls.Load())/float64(n), float64(bytes.Load())/float64(n)/1000)
	}
}

// startAll starts workspaces of a template, all at once, and returns how long the builds took, the shortest first.
func (d *deployment) startAll(
	t *testing.T, users []*codersdk.Client, template codersdk.Template, workspaces int,
) (took []time.Duration) {
	t.Helper()
	var wg sync.WaitGroup
	for i, user := range users {
		wg.Go(func() {
			for n := i; n < workspaces; n += len(users) {
				_, err := user.CreateUserWorkspace(t.Context(), codersdk.Me, codersdk.CreateWorkspaceRequest{
					TemplateID: template.ID, Name: "w" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12],
				})
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	var all codersdk.WorkspacesResponse
	require.Eventually(t, func() bool { // one call for all: the calls of the test count too
		var err error
		all, err = d.admin.Workspaces(t.Context(), codersdk.WorkspaceFilter{Template: template.Name, Limit: workspaces})
		require.NoError(t, err)
		return len(all.Workspaces) == workspaces && !slices.ContainsFunc(all.Workspaces, func(w codersdk.Workspace) bool {
			return w.LatestBuild.Job.Status.Active()
		})
	}, time.Hour, 3*time.Second)
	for _, w := range all.Workspaces {
		job := w.LatestBuild.Job
		logs, stop, err := d.admin.WorkspaceBuildLogsAfter(t.Context(), w.LatestBuild.ID, 0)
		require.NoError(t, err)
		b := build{WorkspaceBuild: w.LatestBuild, log: collect(logs)}
		_ = stop.Close()
		b.succeeded(t)
		assert.Empty(t, b.warnings())
		took = append(took, job.CompletedAt.Sub(*job.StartedAt))
	}
	slices.Sort(took)
	return took
}

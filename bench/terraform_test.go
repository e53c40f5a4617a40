//go:build linux

// Package bench compares the provider and its scripts with others that do the same job. `make bench` runs it in rounds
// and gives the results to benchstat; results.txt is what that printed. It needs Linux, dash, jq and the awks.
package bench

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// block is a model of ours.
func block(model, provider string) string {
	return fmt.Sprintf("  model {\n    model = %q\n    provider = %q\n  }\n", model, provider)
}

// models are the two of every comparison, and modelsBefore the same for a provider that has no blocks yet.
var (
	models       = block("claude-sonnet-4-5-20250929", "anthropic") + block("gpt-5.2-codex", "openai")
	modelsBefore = `  models = [
    { model = "claude-sonnet-4-5-20250929", provider = "anthropic" }, { model = "gpt-5.2-codex", provider = "openai" },
  ]
`
)

// ours is our resource.
func ours(arguments string) string {
	return "resource \"factory_custom_models\" \"r\" {\n" + arguments + "}\n"
}

type peer struct{ name, provider, resource string }

// peers are providers, each with one resource that costs it little. Each round takes them in another order, because a
// machine that gets slower or faster would favor a place. run.sh names the one that benchstat compares the others with.
var peers = []peer{
	{"floor", "floor", `resource "floor_thing" "r" {}`},
	{"coder", "coder", `resource "coder_env" "r" {
  agent_id = "agent"
  name     = "NAME"
  value    = "value"
}`},
	{"local", "local", `resource "local_file" "r" {
  filename = "${path.module}/file"
  content  = "text"
}`},
	{"factory", "factory", ours(models)},
	{"factory-catalog", "factory", ours("  catalog {}\n")},
}

func init() {
	if at := os.Getenv("AT"); at != "" { // run.sh has built the provider of that commit
		arguments := models
		if os.Getenv("BLOCKS") == "" {
			arguments = modelsBefore
		}
		peers = append(peers, peer{"at-" + at, "earlier", ours("  provider = earlier\n" + arguments)})
	}
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
}

// BenchmarkPlan is `terraform plan` at a workspace start, and the size of the provider.
func BenchmarkPlan(b *testing.B) {
	for _, p := range peers {
		b.Run("peer="+p.name, func(b *testing.B) {
			newTerraform(b, deployed(b), p.resource, p.provider).measure(b, func() {}, plan)
			binary, err := os.Stat(filepath.Join(mirror(b), "registry.terraform.io", "bench", p.provider, "0.0.1",
				runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-"+p.provider+"_v0.0.1"))
			require.NoError(b, err)
			b.ReportMetric(float64(binary.Size()), "binary-bytes")
		})
	}
}

// BenchmarkApply is `terraform apply` of that plan, from an empty state. Ours asks the deployment over HTTPS.
func BenchmarkApply(b *testing.B) {
	for _, p := range peers {
		b.Run("peer="+p.name, func(b *testing.B) {
			t := newTerraform(b, deployed(b), p.resource, p.provider)
			t.measure(b, func() {
				require.NoError(b, os.RemoveAll(filepath.Join(t.dir, "terraform.tfstate")))
				t.run(b, plan)
			}, apply)
		})
	}
}

// BenchmarkWorkspaceStart is what Coder's provisioner runs at the start of a workspace that exists: a template with an
// agent and our resource, against the same template without us, and with another provider that does nothing.
func BenchmarkWorkspaceStart(b *testing.B) {
	const agent = "resource \"coder_agent\" \"main\" {\n  os = \"linux\"\n  arch = \"amd64\"\n%s\n}\n"
	const delivered = "  env = factory_custom_models.r.env\n  startup_script = factory_custom_models.r.script"
	bare, full := fmt.Sprintf(agent, "  startup_script = \"true\""), fmt.Sprintf(agent, delivered)
	starts := []peer{
		{"without-us", "", bare}, {"floor", "floor", bare + "resource \"floor_thing\" \"r\" {}\n"},
		{"merge", "factory", full + ours(models)},
		{"managed", "factory", full + ours(models+"  delivery = \"managed\"\n")},
		{"catalog-of-20", "factory", full + ours("  catalog {}\n")},
	}
	if i := slices.IndexFunc(peers, func(p peer) bool { return p.provider == "earlier" }); i >= 0 {
		starts = append(starts, peer{peers[i].name, "earlier", full + peers[i].resource})
	}
	for _, p := range starts {
		b.Run("peer="+p.name, func(b *testing.B) {
			s := deployed(b)
			s.Catalog = nil
			for n := range 20 {
				s.Catalog = append(s.Catalog, codertest.Offer("openai", fmt.Sprintf("vendor/model-%03d", n),
					fmt.Sprintf("Vendor's Model %03d", n)))
			}
			t := newTerraform(b, s, p.resource, strings.Fields("coder "+p.provider)...)
			t.run(b, []string{"apply", "-auto-approve"})
			t.measure(b, func() {}, []string{"init"}, plan, []string{"show", "-json", "planned"}, []string{"graph"}, apply,
				[]string{"show", "-json"})
		})
	}
}

// BenchmarkModels is `terraform plan` of many model blocks.
func BenchmarkModels(b *testing.B) {
	for _, n := range []int{2, 50, 200} {
		b.Run(fmt.Sprintf("peer=factory/size=%d", n), func(b *testing.B) {
			var blocks strings.Builder
			for i := range n {
				blocks.WriteString(block(fmt.Sprint("vendor/model-", i), "openai"))
			}
			newTerraform(b, deployed(b), ours(blocks.String()), "factory").measure(b, func() {}, plan)
		})
	}
}

// terraform runs Terraform in a folder of its own.
type terraform struct {
	dir string
	env []string
}

// deployed is a deployment that is reached over HTTPS and takes a millisecond for each answer.
func deployed(b *testing.B) *codertest.Server {
	b.Helper()
	s := codertest.NewTLS(b)
	s.Fail = func(http.ResponseWriter, *http.Request) bool {
		time.Sleep(time.Millisecond)
		return false
	}
	return s
}

// newTerraform initializes a folder with a template, in the environment of a workspace start.
func newTerraform(b *testing.B, s *codertest.Server, template string, providers ...string) *terraform {
	b.Helper()
	t := &terraform{dir: b.TempDir()}
	roots, _ := os.ReadFile("/etc/ssl/certs/ca-certificates.crt") // loaded too, as in a real apply, and so is its folder
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	t.write(b, "roots.pem", string(roots)+string(certificate))
	t.write(b, "terraformrc", fmt.Sprintf(
		"provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror(b)))
	sources := ""
	for _, provider := range providers {
		sources += fmt.Sprintf("    %s = { source = %q }\n", provider, "bench/"+provider)
	}
	t.write(b, "main.tf", "terraform {\n  required_providers {\n"+sources+"  }\n}\n"+template)
	t.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.dir, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0",
		"TF_CLI_CONFIG_FILE=" + filepath.Join(t.dir, "terraformrc"), "SSL_CERT_FILE=" + filepath.Join(t.dir, "roots.pem"),
	}
	for name, value := range s.WorkspaceStart() {
		t.env = append(t.env, name+"="+value)
	}
	t.run(b, []string{"init"})
	return t
}

func (t *terraform) write(b *testing.B, name, text string) {
	b.Helper()
	require.NoError(b, os.WriteFile(filepath.Join(t.dir, name), []byte(text), 0o600))
}

func (t *terraform) command(args []string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("terraform", args...)
	cmd.Dir, cmd.Env = t.dir, t.env
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// run returns the CPU time of Terraform and its plugins, in nanoseconds.
func (t *terraform) run(b *testing.B, args []string) float64 {
	b.Helper()
	cmd, out := t.command(args)
	require.NoError(b, cmd.Run(), "terraform %s: %s", args, out)
	if args[0] == "apply" {
		require.NotContains(b, out.String(), "Warning:", "the deployment answers every question")
	}
	return float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Nanoseconds())
}

var plan, apply = []string{"plan", "-out=planned"}, []string{"apply", "planned"}

// measure times commands, each time after a preparation that is not timed. For a single one it also reports the
// plugin's peak memory in one more run.
func (t *terraform) measure(b *testing.B, prepare func(), commands ...[]string) {
	b.Helper()
	cpu := 0.0
	for b.Loop() {
		b.StopTimer()
		prepare()
		b.StartTimer()
		for _, args := range commands {
			cpu += t.run(b, args)
		}
	}
	b.ReportMetric(cpu/float64(b.N), "cpu-ns/op")
	if len(commands) == 1 {
		prepare()
		cmd, out := t.command(commands[0])
		b.ReportMetric(peak(b, cmd, out, "terraform-provi"), "peak-bytes") // the kernel cuts names
	}
}

// mirror is where run.sh leaves the plugins.
func mirror(b *testing.B) string {
	b.Helper()
	dir, err := filepath.Abs("../bin/bench/mirror")
	require.NoError(b, err)
	require.DirExists(b, dir, "run make bench")
	return dir
}

// Package bench compares the provider and its scripts with others that do the same job. `make bench` runs it in rounds
// and gives the results to benchstat; results.txt is what that printed. It needs Linux, dash, jq and the awks.
package bench

import (
	"bufio"
	"bytes"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// peers are providers, each with one resource that costs it little. Each round takes them in another order, because a
// machine that gets slower or faster would favor a place. run.sh names the one that benchstat compares the others with.
var peers = []struct{ name, provider, resource string }{
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
	{"factory", "factory", `resource "factory_custom_models" "r" {
  model {
    model             = "claude-sonnet-4-5-20250929"
    provider          = "anthropic"
    max_output_tokens = 32000
  }
  model {
    model    = "gpt-5.2-codex"
    provider = "openai"
  }
}`},
	{"factory-catalog", "factory", `resource "factory_custom_models" "r" {
  catalog {}
}`},
}

func init() {
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
}

// BenchmarkPlan is `terraform plan` at a workspace start.
func BenchmarkPlan(b *testing.B) {
	for _, p := range peers {
		b.Run("peer="+p.name, func(b *testing.B) {
			t, cpu := newTerraform(b, deployed(b), p.resource, p.provider), 0.0
			for b.Loop() {
				cpu += t.run(b, "plan", "-out=planned")
			}
			b.ReportMetric(cpu/float64(b.N), "cpu-ns/op")
			b.ReportMetric(t.peak(b, "plan", "-out=planned"), "peak-bytes")
		})
	}
}

// BenchmarkApply is `terraform apply` of that plan, from an empty state. Ours asks the deployment over HTTPS.
func BenchmarkApply(b *testing.B) {
	for _, p := range peers {
		b.Run("peer="+p.name, func(b *testing.B) {
			t, cpu := newTerraform(b, deployed(b), p.resource, p.provider), 0.0
			plan := func() {
				require.NoError(b, os.RemoveAll(filepath.Join(t.dir, "terraform.tfstate")))
				t.run(b, "plan", "-out=planned")
			}
			for b.Loop() {
				b.StopTimer()
				plan()
				b.StartTimer()
				cpu += t.run(b, "apply", "planned")
			}
			b.ReportMetric(cpu/float64(b.N), "cpu-ns/op")
			plan()
			b.ReportMetric(t.peak(b, "apply", "planned"), "peak-bytes")
		})
	}
}

// BenchmarkWorkspaceStart is what Coder's provisioner runs at the start of a workspace that exists: a template with an
// agent and our resource, against the same template without us, and with another provider that does nothing.
func BenchmarkWorkspaceStart(b *testing.B) {
	const agent = "resource \"coder_agent\" \"main\" {\n  os = \"linux\"\n  arch = \"amd64\"\n%s\n}\n"
	const ours = "\nresource \"factory_custom_models\" \"r\" {\n%s\n}\n"
	const delivered = "  env = factory_custom_models.r.env\n  startup_script = factory_custom_models.r.script"
	const model = "model {\n  model = \"gpt-5.2-codex\"\n  provider = \"openai\"\n}"
	for _, p := range []struct{ name, lines string }{
		{"without-us", ""}, {"floor", ""}, {"merge", model},
		{"managed", model + "\ndelivery = \"managed\""}, {"catalog-of-20", "catalog {}"},
	} {
		b.Run("peer="+p.name, func(b *testing.B) {
			s := deployed(b)
			offer(s, 20)
			template, providers := fmt.Sprintf(agent, "  startup_script = \"true\""), []string{"coder"}
			switch {
			case p.name == "floor":
				template, providers = template+"resource \"floor_thing\" \"r\" {}\n", append(providers, "floor")
			case p.lines != "":
				template, providers = fmt.Sprintf(agent+ours, delivered, p.lines), append(providers, "factory")
			}
			t, cpu := newTerraform(b, s, template, providers...), 0.0
			t.run(b, "apply", "-auto-approve")
			for b.Loop() {
				for _, step := range [][]string{
					{"init"}, {"plan", "-out=planned"}, {"show", "-json", "planned"}, {"graph"},
					{"apply", "planned"}, {"show", "-json"},
				} {
					cpu += t.run(b, step...)
				}
			}
			b.ReportMetric(cpu/float64(b.N), "cpu-ns/op")
		})
	}
}

// BenchmarkModels is `terraform plan` of many model blocks.
func BenchmarkModels(b *testing.B) {
	for _, n := range []int{2, 50, 200} {
		b.Run(fmt.Sprintf("peer=factory/size=%d", n), func(b *testing.B) {
			resource := "resource \"factory_custom_models\" \"r\" {\n"
			for i := range n {
				resource += fmt.Sprintf("model {\n  model = \"vendor/model-%d\"\n  provider = \"openai\"\n}\n", i)
			}
			t, cpu := newTerraform(b, deployed(b), resource+"}\n", "factory"), 0.0
			for b.Loop() {
				cpu += t.run(b, "plan", "-out=planned")
			}
			b.ReportMetric(cpu/float64(b.N), "cpu-ns/op")
		})
	}
}

// offer fills the catalog with models.
func offer(s *codertest.Server, models int) {
	s.Catalog = nil
	for n := range models {
		s.Catalog = append(s.Catalog, codertest.Offer("openai", fmt.Sprintf("vendor/model-%03d", n),
			fmt.Sprintf("Vendor's Model %03d", n)))
	}
}

// BenchmarkPlanAgain is `terraform plan` at the next workspace start, with a new token, of one model and of a catalog
// of 500.
func BenchmarkPlanAgain(b *testing.B) {
	for _, p := range []struct{ name, resource string }{
		{"one-model", `resource "factory_custom_models" "r" {
  model {
    model    = "gpt-5.2-codex"
    provider = "openai"
  }
}`},
		{"catalog-of-500", `resource "factory_custom_models" "r" {
  catalog {}
}`},
	} {
		b.Run("peer="+p.name, func(b *testing.B) {
			s := deployed(b)
			offer(s, 500)
			t, cpu := newTerraform(b, s, p.resource, "factory"), 0.0
			t.run(b, "apply", "-auto-approve")
			t.env = append(t.env, "CODER_WORKSPACE_OWNER_SESSION_TOKEN=the-token-of-the-next-start")
			for b.Loop() {
				cpu += t.run(b, "plan", "-out=planned")
			}
			b.ReportMetric(cpu/float64(b.N), "cpu-ns/op")
			b.ReportMetric(t.peak(b, "plan", "-out=planned"), "peak-bytes")
		})
	}
}

// BenchmarkStart is the start of the plugin, from exec to the line that names its address. Terraform waits for it two
// or three times in each command.
func BenchmarkStart(b *testing.B) {
	for _, p := range peers {
		if p.name != p.provider {
			continue // starts as the other does
		}
		b.Run("peer="+p.name, func(b *testing.B) {
			program := plugin(b, p.provider)
			client := httptest.NewTLSServer(nil) // for its certificate; Terraform gives the plugin its own
			b.Cleanup(client.Close)
			env := []string{
				"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
				"PLUGIN_PROTOCOL_VERSIONS=5,6", "PLUGIN_CLIENT_CERT=" + string(certificate(client)),
				"PLUGIN_UNIX_SOCKET_DIR=" + b.TempDir(),
			}
			for b.Loop() {
				cmd := exec.Command(program)
				cmd.Env = env
				out, err := cmd.StdoutPipe()
				require.NoError(b, err)
				require.NoError(b, cmd.Start())
				line, err := bufio.NewReader(out).ReadString('\n')
				b.StopTimer()
				require.NoError(b, err, line)
				require.NoError(b, cmd.Process.Kill())
				_ = cmd.Wait() // killed
				b.StartTimer()
			}
			size, err := os.Stat(program)
			require.NoError(b, err)
			b.ReportMetric(float64(size.Size()), "binary-bytes")
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
	t.write(b, "roots.pem", string(roots)+string(certificate(s.Server)))
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
	t.run(b, "init")
	return t
}

func (t *terraform) write(b *testing.B, name, text string) {
	b.Helper()
	require.NoError(b, os.WriteFile(filepath.Join(t.dir, name), []byte(text), 0o600))
}

func (t *terraform) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("terraform", args...)
	cmd.Dir, cmd.Env = t.dir, t.env
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// run returns the CPU time of Terraform and its plugins, in nanoseconds.
func (t *terraform) run(b *testing.B, args ...string) float64 {
	b.Helper()
	cmd, out := t.command(args...)
	require.NoError(b, cmd.Run(), "terraform %s: %s", args, out)
	if args[0] == "apply" {
		require.NotContains(b, out.String(), "Warning:", "the deployment answers every question")
	}
	return float64((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Nanoseconds())
}

// peak returns the plugin's peak memory in one more run.
func (t *terraform) peak(b *testing.B, args ...string) float64 {
	b.Helper()
	cmd, out := t.command(args...)
	return peak(b, cmd, out, "terraform-provi") // the kernel cuts names
}

// mirror is where run.sh leaves the plugins.
func mirror(b *testing.B) string {
	b.Helper()
	dir, err := filepath.Abs("../bin/bench/mirror")
	require.NoError(b, err)
	require.DirExists(b, dir, "run make bench")
	return dir
}

func plugin(b *testing.B, name string) string {
	b.Helper()
	return filepath.Join(mirror(b), "registry.terraform.io", "bench", name, "0.0.1", runtime.GOOS+"_"+runtime.GOARCH,
		"terraform-provider-"+name+"_v0.0.1")
}

func certificate(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

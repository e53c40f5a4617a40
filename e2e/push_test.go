package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/coder/coder/v2/cli/clitest"
	"github.com/coder/coder/v2/codersdk"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each of examples/templates is pushed by Coder's own command, as it stands, with README and all. Clouds are not
// called by an import, so that they need not be there.
//
//nolint:paralleltest // the provisioner has this process's environment, which the clouds' settings stand in
func TestPush(t *testing.T) {
	if os.Getenv("TEMPLATES") == "" {
		t.Skip("`make templates` pushes the templates: to compile their providers takes minutes")
	}
	d := newDeployment(t, setup{noLicense: true, gatewayOff: true})
	// A fake: a plan only asks whether Docker is there.
	docker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.47")
		_, _ = w.Write([]byte(`{"ApiVersion": "1.47", "MinAPIVersion": "1.24", "Os": "linux"}`))
	}))
	t.Cleanup(docker.Close)
	for name, value := range map[string]string{
		"DOCKER_HOST": strings.Replace(docker.URL, "http://", "tcp://", 1), "OS_AUTH_URL": "http://127.0.0.1:9/v3",
		"OS_USERNAME": "coder", "OS_PASSWORD": "cloud-password", "OS_TENANT_NAME": "coder", "OS_DOMAIN_NAME": "Default",
	} {
		t.Setenv(name, value)
	}
	for _, c := range []struct {
		template, source, version, module string
		adapt                             *strings.Replacer
		machine, home                     string
	}{
		{
			template: "docker", source: "kreuzwerker/docker", version: "4.6.0",
			module:  "github.com/terraform-providers/terraform-provider-docker",
			machine: "docker_container.workspace", home: "docker_volume.home",
		},
		{
			template: "kubernetes", source: "hashicorp/kubernetes", version: "1.13.4",
			module: "github.com/hashicorp/terraform-provider-kubernetes",
			// The newest release that is a Go module has the same types without _v1.
			adapt:   strings.NewReplacer("_claim_v1", "_claim", "_secret_v1", "_secret", "_deployment_v1", "_deployment"),
			machine: "kubernetes_deployment.workspace", home: "kubernetes_persistent_volume_claim.home",
		},
		{
			template: "linux-vm", source: "terraform-provider-openstack/openstack", version: "3.4.0",
			module:  "github.com/terraform-provider-openstack/terraform-provider-openstack/v3",
			machine: "openstack_compute_instance_v2.workspace", home: "openstack_blockstorage_volume_v3.home",
		},
	} {
		t.Run(c.template, func(t *testing.T) {
			kind := filepath.Base(c.source)
			binary := filepath.Join(mirrorDir, "registry.terraform.io", c.source, c.version, runtime.GOOS+"_"+runtime.GOARCH,
				"terraform-provider-"+kind+"_v"+c.version)
			build := exec.Command("go", "build", "-o", binary, c.module)
			build.Dir = filepath.Join("..", "tools", "pinned", kind)
			out, err := build.CombinedOutput()
			require.NoError(t, err, string(out))
			folder := filepath.Join(t.TempDir(), c.template)
			require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join("..", "examples", "templates", c.template))))
			if c.adapt != nil {
				file := filepath.Join(folder, "main.tf")
				require.NoError(t, os.WriteFile(file, []byte(c.adapt.Replace(readFile(t, file))), 0o600))
			}

			push, config := clitest.New(t, "templates", "push", c.template, "--directory", folder, "--yes")
			clitest.SetupConfig(t, d.admin, config)
			require.NoError(t, push.Run())

			template, err := d.admin.TemplateByName(t.Context(), d.organization, c.template)
			require.NoError(t, err)
			resources, err := d.admin.TemplateVersionResources(t.Context(), template.ActiveVersionID)
			require.NoError(t, err)
			seen := map[string]int{} // agents, by transition and resource
			for _, r := range resources {
				seen[string(r.Transition)+" "+r.Type+"."+r.Name] = len(r.Agents)
			}
			for key, agents := range map[string]int{
				string(codersdk.WorkspaceTransitionStart) + " " + c.machine: 1,
				string(codersdk.WorkspaceTransitionStart) + " " + c.home:    0,
				string(codersdk.WorkspaceTransitionStop) + " " + c.home:     0,
			} {
				have, ok := seen[key]
				assert.True(t, ok, "%s is in %v", key, seen)
				assert.Equal(t, agents, have, key)
			}
			assert.NotContains(t, seen, string(codersdk.WorkspaceTransitionStop)+" "+c.machine)
		})
	}
}

package provider

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// templateCase is a template with the provider that its machines come from.
type templateCase struct {
	name     string
	source   string // of the provider
	version  string // that its module, in tools/pinned, pins
	module   string
	adapt    *strings.Replacer // what differs in the release that can be built
	machine  string            // stands only while the workspace runs
	home     string            // stays
	holder   string            // takes the agent's token
	mustHide string            // the attribute that does so
}

var templates = []templateCase{
	{
		name: "docker", source: "kreuzwerker/docker", version: "4.6.0",
		module:  "github.com/terraform-providers/terraform-provider-docker",
		machine: "docker_container.workspace[0]", home: "docker_volume.home",
		holder: "docker_container.workspace[0]", mustHide: "env",
	},
	{
		// Releases from 2 on are no Go modules. Their types with _v1 are the ones that 1.13 has without; 3 calls the latter
		// deprecated.
		name: "kubernetes", source: "hashicorp/kubernetes", version: "1.13.4",
		module:  "github.com/hashicorp/terraform-provider-kubernetes",
		adapt:   strings.NewReplacer("_claim_v1", "_claim", "_secret_v1", "_secret", "_deployment_v1", "_deployment"),
		machine: "kubernetes_deployment.workspace[0]", home: "kubernetes_persistent_volume_claim.home",
		holder: "kubernetes_secret.agent[0]", mustHide: "data",
	},
	{
		name: "linux-vm", source: "terraform-provider-openstack/openstack", version: "3.4.0",
		module:  "github.com/terraform-provider-openstack/terraform-provider-openstack/v3",
		machine: "openstack_compute_instance_v2.workspace[0]", home: "openstack_blockstorage_volume_v3.home",
		holder: "openstack_compute_instance_v2.workspace[0]", mustHide: "user_data",
	},
}

// Each template is planned with the real providers at a start and at a stop; TestPush in e2e has the real Coder import
// it. To compile the providers takes minutes, so that this runs by `make templates`.
func TestTemplates(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEMPLATES") == "" {
		t.Skip("\n\n***** THE TEMPLATES ARE NOT PLANNED: `make templates` compiles their providers and does so *****\n")
	}
	found, err := os.ReadDir("../examples/templates")
	require.NoError(t, err)
	require.Len(t, found, len(templates))
	for _, c := range templates {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t)
		})
	}
}

func (c templateCase) test(t *testing.T) {
	s := codertest.New(t)
	terraform := emptyCLI(t)
	require.NoError(t, builtCoder())
	// as its module in tools/pinned pins it
	kind := c.source[strings.LastIndex(c.source, "/")+1:]
	require.NoError(t, built(filepath.Join("..", "tools", "pinned", kind), "-o", pluginAt(c.source, c.version), c.module))
	text := read(t, "../examples/templates", c.name, "main.tf")
	if c.adapt != nil {
		text = c.adapt.Replace(text)
	}
	write(t, filepath.Join(terraform.dir, "main.tf"), text)
	terraform.env = append(terraform.env, "DOCKER_HOST="+fakeDocker(t), // and a cloud that can't be called
		"OS_AUTH_URL=http://127.0.0.1:9/v3", "OS_USERNAME=coder", "OS_PASSWORD=cloud-password", "OS_TENANT_NAME=coder",
		"OS_DOMAIN_NAME=Default")
	terraform.run(t, codertest.Environ{}, "init")
	assert.Contains(t, terraform.run(t, codertest.Environ{}, "validate"), "The configuration is valid.",
		"no warning, no error")

	start := ofTemplate(s.WorkspaceStart())
	for phase, env := range map[string]codertest.Environ{"start": start, "stop": stopping(start)} {
		out := terraform.run(t, env, "plan", "-no-color", "-out=plan")
		assert.Contains(t, out, "# "+c.home+" will be created", phase)
		assert.Equal(t, phase == "start", strings.Contains(out, "# "+c.machine+" will be created"), phase)
		assert.NotContains(t, out, s.Token, phase)
		assert.NotContains(t, out, "cloud-password", phase)
		if phase == "start" {
			c.checkHidden(t, terraform.run(t, codertest.Environ{}, "show", "-json", "plan"))
		}
	}
}

// checkHidden sees that a plan keeps the agent's token, and the session token in its environment, as sensitive values.
func (c templateCase) checkHidden(t *testing.T, plan string) {
	t.Helper()
	var p struct {
		ResourceChanges []struct {
			Address string
			Change  struct {
				AfterSensitive json.RawMessage `json:"after_sensitive"`
			}
		} `json:"resource_changes"`
	}
	require.NoError(t, json.Unmarshal([]byte(plan), &p))
	after := make(map[string]string)
	for _, r := range p.ResourceChanges {
		after[r.Address] = string(r.Change.AfterSensitive)
	}
	assert.Regexp(t, `"`+c.mustHide+`":`, after[c.holder])
	assert.Regexp(t, `"env":(true|\{)`, after["coder_agent.main"])
}

// fakeDocker answers the ping with which the Docker provider begins.
func fakeDocker(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Api-Version", "1.47")
		w.Header().Set("Ostype", "linux")
		_, _ = w.Write([]byte(`{"ApiVersion": "1.47", "MinAPIVersion": "1.24", "Os": "linux"}`))
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http://", "tcp://", 1)
}

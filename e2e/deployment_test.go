package e2e

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"cdr.dev/slog/v3"
	"github.com/coder/coder/v2/coderd/aibridgedtest"
	"github.com/coder/coder/v2/coderd/coderdtest"
	"github.com/coder/coder/v2/codersdk"
	"github.com/coder/coder/v2/codersdk/drpcsdk"
	"github.com/coder/coder/v2/enterprise/coderd"
	"github.com/coder/coder/v2/enterprise/coderd/coderdenttest"
	"github.com/coder/coder/v2/provisioner/terraform"
	"github.com/coder/coder/v2/provisionerd"
	provisionerdproto "github.com/coder/coder/v2/provisionerd/proto"
	"github.com/coder/coder/v2/provisionersdk"
	sdkproto "github.com/coder/coder/v2/provisionersdk/proto"
	"github.com/coder/serpent"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// The central keys that an administrator gave to the gateway.
const (
	centralAnthropic = "central-anthropic-key"
	centralOpenAI    = "central-openai-key"
)

// deployment is a real coderd with its gateway, a provisioner and two fake vendors.
type deployment struct {
	admin             *codersdk.Client
	api               *coderd.API
	organization      uuid.UUID
	anthropic, openai *vendor
}

// setup says what is different about a deployment.
type setup struct {
	noLicence, noAddon  bool
	gatewayOff, byokOff bool
	prebuilds           bool
	program             program   // Terraform when not set
	log                 slog.Sink // nobody reads the log when not set
}

func newDeployment(t *testing.T, s setup) *deployment {
	t.Helper()
	values := coderdtest.DeploymentValues(t)
	values.AI.BridgeConfig.Enabled = serpent.Bool(!s.gatewayOff)
	values.AI.BridgeConfig.AllowBYOK = serpent.Bool(!s.byokOff)
	if s.prebuilds {
		values.Prebuilds.ReconciliationInterval = serpent.Duration(time.Second)
	}
	store, pubsub := newDatabase(t)
	quiet := slog.Make() // the servers' own logs; what matters reaches the build log
	if s.log != nil {
		quiet = slog.Make(s.log)
	}
	licence := &coderdenttest.LicenseOptions{FeatureSet: codersdk.FeatureSetPremium}
	if !s.noAddon {
		licence = licence.AIGovernanceAddon(100)
	}
	if s.noLicence {
		licence = &coderdenttest.LicenseOptions{Features: map[codersdk.FeatureName]int64{codersdk.FeatureExternalProvisionerDaemons: 1}}
	}
	admin, _, api, first := coderdenttest.NewWithAPI(t, &coderdenttest.Options{
		Options:        &coderdtest.Options{DeploymentValues: values, Database: store, Pubsub: pubsub, Logger: &quiet},
		LicenseOptions: licence,
	})
	d := &deployment{admin: admin, api: api, organization: first.OrganizationID, anthropic: newVendor(t), openai: newVendor(t)}
	if !s.gatewayOff && !s.noLicence {
		aibridgedtest.StartTestAIBridgeDaemon(t.Context(), t, api.AGPL, nil)
		d.addProviders(t)
	}
	d.startProvisioner(t, s.program.path(t))
	return d
}

func (d *deployment) addProviders(t *testing.T) {
	t.Helper()
	for _, p := range []codersdk.CreateAIProviderRequest{
		{Type: codersdk.AIProviderTypeAnthropic, Name: "anthropic", Enabled: true, BaseURL: d.anthropic.URL, APIKeys: []string{centralAnthropic}},
		{Type: codersdk.AIProviderTypeOpenAI, Name: "openai", Enabled: true, BaseURL: d.openai.URL + "/v1", APIKeys: []string{centralOpenAI}},
	} {
		_, err := d.admin.CreateAIProvider(t.Context(), p)
		require.NoError(t, err)
		name := p.Name
		require.Eventually(t, func() bool { // the gateway loads providers on its own time
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.admin.URL.String()+"/api/v2/ai-gateway/"+name+"/v1/models", nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+d.admin.SessionToken())
			res, err := d.admin.HTTPClient.Do(req)
			if err != nil {
				return false
			}
			_ = res.Body.Close()
			return res.StatusCode == http.StatusOK
		}, patience, 100*time.Millisecond, "provider %s is loaded", name)
	}
	d.anthropic.calls()
	d.openai.calls()
}

// startProvisioner runs Coder's own provisioner with a Terraform. It is put together here because the one of
// Coder's test kit fails the test on every build that fails.
func (d *deployment) startProvisioner(t *testing.T, binary string) {
	t.Helper()
	client, server := drpcsdk.MemTransportPipe()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = terraform.Serve(ctx, &terraform.ServeOptions{
			BinaryPath:   binary,
			CachePath:    t.TempDir(),
			ServeOptions: &provisionersdk.ServeOptions{Listener: server, WorkDirectory: t.TempDir()},
		})
	}()
	dial := func(ctx context.Context) (provisionerdproto.DRPCProvisionerDaemonClient, error) {
		return d.admin.ServeProvisionerDaemon(ctx, codersdk.ServeProvisionerDaemonRequest{
			Name:         "e2e-" + uuid.NewString()[:8],
			Organization: d.organization,
			Provisioners: []codersdk.ProvisionerType{codersdk.ProvisionerTypeTerraform},
			Tags:         map[string]string{provisionersdk.TagScope: provisionersdk.ScopeOrganization},
		})
	}
	daemon := provisionerd.New(dial, &provisionerd.Options{
		Logger:         slog.Make(),
		UpdateInterval: 250 * time.Millisecond,
		Connector: provisionerd.LocalProvisioners{
			string(codersdk.ProvisionerTypeTerraform): sdkproto.NewDRPCProvisionerClient(client),
		},
	})
	t.Cleanup(func() {
		for _, c := range []io.Closer{daemon, client, server} {
			_ = c.Close()
		}
		cancel()
		<-served
	})
}

// newUser adds a plain member.
func (d *deployment) newUser(t *testing.T) (*codersdk.Client, codersdk.User) {
	t.Helper()
	return coderdtest.CreateAnotherUser(t, d.admin, d.organization)
}

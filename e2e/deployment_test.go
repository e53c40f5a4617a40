package e2e

import (
	"context"
	"io"
	"testing"
	"time"

	"cdr.dev/slog/v3"
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
	database          string // the URL of its database
}

// setup says what is different about a deployment.
type setup struct {
	noLicense           bool
	gatewayOff, byokOff bool
	prebuilds           bool
	shared              bool      // several tests use it at once
	rateLimits          bool      // those that coderd has by default, which the test kit switches off
	standalone          bool      // the test starts a gateway of its own
	program             program   // Terraform when not set
	log                 slog.Sink // nobody reads the log when not set
}

func newDeployment(t *testing.T, s setup) *deployment {
	t.Helper()
	d := &deployment{anthropic: newVendor(t), openai: newVendor(t)}
	values := coderdtest.DeploymentValues(t)
	d.setGateway(values, s)
	if s.prebuilds {
		values.Prebuilds.ReconciliationInterval = serpent.Duration(time.Second)
	}
	store, pubsub, url := newDatabase(t)
	d.database = url
	quiet := slog.Make() // the servers' own logs; what matters reaches the build log
	if s.log != nil {
		quiet = slog.Make(s.log)
	}
	license := withAddon(&coderdenttest.LicenseOptions{FeatureSet: codersdk.FeatureSetPremium})
	if s.noLicense {
		features := map[codersdk.FeatureName]int64{codersdk.FeatureExternalProvisionerDaemons: 1}
		license = &coderdenttest.LicenseOptions{Features: features}
	}
	options := &coderdtest.Options{DeploymentValues: values, Database: store, Pubsub: pubsub, Logger: &quiet}
	if s.rateLimits {
		options.APIRateLimit = 512
	}
	admin, _, api, first := coderdenttest.NewWithAPI(t, &coderdenttest.Options{
		Options:        options,
		LicenseOptions: license,
	})
	d.admin, d.api, d.organization = admin, api, first.OrganizationID
	if !s.gatewayOff && !s.noLicense && !s.standalone {
		d.startGateway(t)
	}
	d.startProvisioner(t, s.program.path(t))
	if s.shared {
		d.startProvisioner(t, s.program.path(t))
	}
	return d
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

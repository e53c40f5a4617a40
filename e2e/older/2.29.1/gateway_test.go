package e2e

import (
	"testing"

	"github.com/coder/aibridge"
	"github.com/coder/coder/v2/cli"
	"github.com/coder/coder/v2/codersdk"
	"github.com/coder/coder/v2/enterprise/aibridged"
	"github.com/coder/coder/v2/enterprise/coderd/coderdenttest"
	"github.com/coder/serpent"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// Before 2.36 the gateway is AI Bridge: it has two providers, which are settings of the server, and takes no personal
// key.

const (
	gatewayPath    = "/api/v2/aibridge"
	personalKeys   = false
	knownProviders = false
	tellsWhenOff   = false // the feature is enabled with the license
	streamedChat   = true
)

func coderCommand() {
	var root cli.RootCmd
	root.RunWithSubcommands(root.AGPL())
}

func withAddon(license *coderdenttest.LicenseOptions) *coderdenttest.LicenseOptions {
	return license // AI Bridge is in the Premium license
}

func (d *deployment) setGateway(values *codersdk.DeploymentValues, s setup) {
	config := &values.AI.BridgeConfig
	config.Enabled = serpent.Bool(!s.gatewayOff)
	config.Anthropic = codersdk.AIBridgeAnthropicConfig{BaseURL: serpent.String(d.anthropic.URL), Key: centralAnthropic}
	config.OpenAI = codersdk.AIBridgeOpenAIConfig{BaseURL: serpent.String(d.openai.URL + "/v1/"), Key: centralOpenAI}
}

// startGateway is newAIBridgeDaemon of Coder's package cli, which that does not export.
func (d *deployment) startGateway(t *testing.T) {
	t.Helper()
	config := d.api.DeploymentValues.AI.BridgeConfig
	providers := []aibridge.Provider{
		aibridge.NewOpenAIProvider(aibridge.OpenAIConfig{BaseURL: config.OpenAI.BaseURL.String(),
			Key: config.OpenAI.Key.String()}),
		aibridge.NewAnthropicProvider(aibridge.AnthropicConfig{BaseURL: config.Anthropic.BaseURL.String(),
			Key: config.Anthropic.Key.String()}, nil),
	}
	pool, err := aibridged.NewCachedBridgePool(aibridged.DefaultPoolOptions, providers,
		aibridge.NewMetrics(prometheus.NewRegistry()), d.api.Logger)
	require.NoError(t, err)
	server, err := aibridged.New(t.Context(), pool, d.api.CreateInMemoryAIBridgeServer, d.api.Logger)
	require.NoError(t, err)
	d.api.RegisterInMemoryAIBridgedHTTPHandler(server)
}

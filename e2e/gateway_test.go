package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/coder/coder/v2/coderd/aibridgedtest"
	"github.com/coder/coder/v2/codersdk"
	"github.com/coder/coder/v2/enterprise/cli"
	"github.com/coder/coder/v2/enterprise/coderd/coderdenttest"
	"github.com/coder/serpent"
	"github.com/stretchr/testify/require"
)

// What differs between the releases of Coder is in this file alone. Each folder of older/ has one that takes its place.

const (
	gatewayPath = "/api/v2/ai-gateway"
	// personalKeys: the gateway takes a personal key beside the token.
	personalKeys = true
	// knownProviders: the deployment tells a user which providers the gateway has.
	knownProviders = true
	// tellsWhenOff: the deployment tells that its gateway is switched off.
	tellsWhenOff = true
	// streamedChat: a streamed chat completion reaches the vendor whole.
	streamedChat = true
)

// coderCommand is Coder's program.
func coderCommand() {
	var root cli.RootCmd
	root.RunWithSubcommands(root.EnterpriseSubcommands())
}

// withAddon adds AI Governance to a license.
func withAddon(license *coderdenttest.LicenseOptions) *coderdenttest.LicenseOptions {
	return license.AIGovernanceAddon(100)
}

// setGateway is what an administrator sets before the server starts.
func (d *deployment) setGateway(values *codersdk.DeploymentValues, s setup) {
	values.AI.BridgeConfig.Enabled = serpent.Bool(!s.gatewayOff)
	values.AI.BridgeConfig.AllowBYOK = serpent.Bool(!s.byokOff)
}

// startGateway starts the gateway within the server, and gives it the two vendors.
func (d *deployment) startGateway(t *testing.T) {
	t.Helper()
	aibridgedtest.StartTestAIBridgeDaemon(t.Context(), t, d.api.AGPL, nil)
	d.addProviders(t, d.admin.URL.String()+gatewayPath)
}

// addProviders gives a gateway the two vendors.
func (d *deployment) addProviders(t *testing.T, gateway string) {
	t.Helper()
	for _, p := range []codersdk.CreateAIProviderRequest{
		{Type: codersdk.AIProviderTypeAnthropic, Name: "anthropic", Enabled: true, BaseURL: d.anthropic.URL,
			APIKeys: []string{centralAnthropic}},
		{Type: codersdk.AIProviderTypeOpenAI, Name: "openai", Enabled: true, BaseURL: d.openai.URL + "/v1",
			APIKeys: []string{centralOpenAI}},
	} {
		_, err := d.admin.CreateAIProvider(t.Context(), p)
		require.NoError(t, err)
		d.waitForProvider(t, gateway, p.Name)
	}
}

// waitForProvider waits until a gateway has loaded a provider, which it does on its own time.
func (d *deployment) waitForProvider(t *testing.T, gateway, name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gateway+"/"+name+"/v1/models", nil)
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

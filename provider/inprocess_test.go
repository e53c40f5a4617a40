package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// inProcess is the provider in this process, asked as Terraform asks it. It takes configurations as JSON and creates
// one resource, in milliseconds. Whatever needs Terraform's own part, such as an update, is tested with Terraform
// itself.
type inProcess struct {
	server tfprotov6.ProviderServer
	kind   tftypes.Type
}

const kindOfResource = "factory_custom_models"

func newInProcess(t *testing.T, env codertest.Environ) inProcess {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(newProvider("test", env.Getenv)())()
	require.NoError(t, err)
	schema, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	require.NoError(t, err)
	return inProcess{server, schema.ResourceSchemas[kindOfResource].ValueType()}
}

func asJSON(text string) *tfprotov6.DynamicValue { return &tfprotov6.DynamicValue{JSON: []byte(text)} }

// refusals are the diagnostics for a configuration of the resource.
func (p inProcess) refusals(t *testing.T, config string) []*tfprotov6.Diagnostic {
	t.Helper()
	resp, err := p.server.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: kindOfResource, Config: asJSON(config),
	})
	require.NoError(t, err)
	return resp.Diagnostics
}

// providerRefusals are the diagnostics for a provider block, and for the environment in its place.
func (p inProcess) providerRefusals(t *testing.T, config string) []*tfprotov6.Diagnostic {
	t.Helper()
	validated, err := p.server.ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{
		Config: asJSON(config),
	})
	require.NoError(t, err)
	if failed(validated.Diagnostics) {
		return validated.Diagnostics
	}
	configured, err := p.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{
		Config: asJSON(config),
	})
	require.NoError(t, err)
	return append(validated.Diagnostics, configured.Diagnostics...)
}

// plan is the diagnostics of all that a plan of a new resource asks, and what was planned.
func (p inProcess) plan(
	t *testing.T, provider, config string,
) (*tfprotov6.PlanResourceChangeResponse, []*tfprotov6.Diagnostic) {
	t.Helper()
	diags := append(p.providerRefusals(t, provider), p.refusals(t, config)...)
	if failed(diags) {
		return nil, diags
	}
	plan, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: kindOfResource, Config: asJSON(config), PriorState: asJSON("null"), ProposedNewState: asJSON(config),
	})
	require.NoError(t, err)
	return plan, append(diags, plan.Diagnostics...)
}

// created is the texts of a state, and its environment.
type created struct {
	text map[string]string
	env  map[string]string
}

// apply plans a new resource and creates it. It returns nil without a state, and what each step said.
func (p inProcess) apply(t *testing.T, provider, config string) (*created, []*tfprotov6.Diagnostic) {
	t.Helper()
	plan, diags := p.plan(t, provider, config)
	if failed(diags) {
		return nil, diags
	}
	applied, err := p.server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kindOfResource, Config: asJSON(config), PriorState: asJSON("null"), PlannedState: plan.PlannedState,
		PlannedPrivate: plan.PlannedPrivate,
	})
	require.NoError(t, err)
	diags = append(diags, applied.Diagnostics...)
	if failed(applied.Diagnostics) {
		return nil, diags
	}
	value, err := applied.NewState.Unmarshal(p.kind)
	require.NoError(t, err)
	attributes := make(map[string]tftypes.Value)
	require.NoError(t, value.As(&attributes))
	env := make(map[string]tftypes.Value)
	require.NoError(t, attributes["env"].As(&env))
	return &created{stringsIn(t, attributes), stringsIn(t, env)}, diags
}

// stringsIn are those of the values that are texts.
func stringsIn(t *testing.T, values map[string]tftypes.Value) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for name, value := range values {
		if value.Type().Is(tftypes.String) && !value.IsNull() {
			var text string
			require.NoError(t, value.As(&text))
			out[name] = text
		}
	}
	return out
}

func failed(diags []*tfprotov6.Diagnostic) bool {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// said is all that diagnostics say.
func said(diags []*tfprotov6.Diagnostic) (text string) {
	for _, d := range diags {
		text += d.Severity.String() + ": " + d.Summary + "\n" + d.Detail + "\n"
	}
	return text
}

// Package provider is the Terraform side of terraform-provider-factory: schemas, plans and diagnostics. Framework types
// stay here. The packages below internal do the work, and know nothing of Terraform.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

var _ provider.ProviderWithValidateConfig = (*factoryProvider)(nil)

// newProvider returns what makes the provider, as the plugin server wants it.
func newProvider(version string, getenv func(string) string) func() provider.Provider {
	return func() provider.Provider {
		return &factoryProvider{version: version, getenv: getenv}
	}
}

type factoryProvider struct {
	version string
	getenv  func(string) string
}

type providerModel struct {
	AccessURL    types.String `tfsdk:"access_url"`
	SessionToken types.String `tfsdk:"session_token"`
	GatewayURL   types.String `tfsdk:"gateway_url"`
	Verification types.String `tfsdk:"verification"`
	Headers      types.Map    `tfsdk:"headers"`
}

func (p *factoryProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "factory"
	resp.Version = p.version
}

func (p *factoryProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Configures [Factory's Droid](https://factory.ai) in [Coder](https://coder.com) workspaces " +
			"to use the deployment's [AI Gateway](https://coder.com/docs/ai-coder/ai-gateway) (formerly AI Bridge). A Coder " +
			"template needs no provider block: the workspace build provides everything.",
		Attributes: map[string]schema.Attribute{
			"access_url": schema.StringAttribute{
				MarkdownDescription: "URL of the Coder deployment, without a path. Droid calls it too. Defaults to " +
					"`CODER_AGENT_URL`, which Coder sets in a workspace build, then `CODER_URL`; the provider then uses the " +
					"access URL that the deployment names.",
				Optional: true,
			},
			"session_token": schema.StringAttribute{
				MarkdownDescription: "Session token of the workspace's owner. Defaults to " +
					"`CODER_WORKSPACE_OWNER_SESSION_TOKEN`, which Coder sets when a workspace starts, then `CODER_SESSION_TOKEN`.",
				Optional:  true,
				Sensitive: true,
			},
			"gateway_url": schema.StringAttribute{
				MarkdownDescription: "Root URL of a standalone AI Gateway, such as `https://gateway.example.com`, without a " +
					"gateway provider or `/v1` at its end. Defaults to `/api/v2/ai-gateway` below the access URL. If the " +
					"deployment is older than Coder 2.36, or its version is not known, the default is `/api/v2/aibridge`.",
				Optional: true,
			},
			"verification": schema.StringAttribute{
				MarkdownDescription: "What a failed check of the deployment does: `\"require\"` fails the build, and `\"warn\"` " +
					"(the default) warns. `\"skip\"` makes no call to the deployment. If the token belongs to another user, the " +
					"build fails, except with `\"skip\"`.",
				Optional: true,
			},
			"headers": schema.MapAttribute{
				MarkdownDescription: "Extra HTTP headers for the provider's own calls to the deployment, for instance for a " +
					"proxy in front of it. Droid does not send them.",
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
			},
		},
	}
}

func (p *factoryProvider) ValidateConfig(
	ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse,
) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	for _, s := range []scalar{
		{name: "access_url", value: model.AccessURL, check: droid.CheckAccessURL, hidden: true},
		{name: "session_token", value: model.SessionToken, check: droid.CheckKey, hidden: true},
		{name: "gateway_url", value: model.GatewayURL, check: droid.CheckGatewayURL, hidden: true},
		{name: "verification", value: model.Verification, check: run.CheckVerification},
	} {
		s.report(&resp.Diagnostics)
	}
	report(&resp.Diagnostics, droid.CheckHeaders("headers", plain(model.Headers))...)
}

func (p *factoryProvider) Configure(
	ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse,
) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r, problems := run.New(model.config(!req.Config.Raw.IsFullyKnown()), p.getenv)
	report(&resp.Diagnostics, problems...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData = r
}

// config is the provider block as plain values.
func (m providerModel) config(unknown bool) run.Config {
	c := run.Config{
		AccessURL: m.AccessURL.ValueString(), SessionToken: m.SessionToken.ValueString(),
		GatewayURL: m.GatewayURL.ValueString(), Verification: m.Verification.ValueString(),
		Headers: make(map[string]string), Unknown: unknown,
	}
	for name, element := range m.Headers.Elements() {
		header, _ := element.(types.String)
		c.Headers[name] = header.ValueString()
	}
	return c
}

func (p *factoryProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newCustomModelsResource}
}

func (p *factoryProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

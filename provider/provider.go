// Package provider is the Terraform side of terraform-provider-factory: schemas, plans and diagnostics. Framework
// types stay here; what they stand for is worked out in the packages below internal, which know nothing of Terraform.
package provider

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

var _ provider.ProviderWithValidateConfig = (*factoryProvider)(nil)

// New returns what makes the provider, in the given version, as the plugin server wants it.
func New(version string) func() provider.Provider {
	return newWithEnv(version, os.Getenv)
}

func newWithEnv(version string, getenv func(string) string) func() provider.Provider {
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
	TokenScope   types.String `tfsdk:"token_scope"`
	Lifetime     types.String `tfsdk:"token_lifetime"`
}

func (p *factoryProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "factory"
	resp.Version = p.version
}

func (p *factoryProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Configures [Factory's Droid](https://factory.ai) in [Coder](https://coder.com) workspaces to use the " +
			"deployment's [AI Gateway](https://coder.com/docs/ai-coder/ai-gateway) (formerly AI Bridge). In a Coder template no " +
			"provider block is needed: everything is taken from the workspace build.",
		Attributes: map[string]schema.Attribute{
			"access_url": schema.StringAttribute{
				MarkdownDescription: "URL of the Coder deployment, which Droid will call. Defaults to `CODER_AGENT_URL`, which Coder sets in a " +
					"workspace build, then `CODER_URL`. It is the deployment's root, without `/api/v2`. When it is set here, it is used as it is. " +
					"Otherwise the provider takes the access URL that the deployment names.",
				Optional:   true,
				Validators: []validator.String{checkedSecret("must be the root URL of a Coder deployment", optional(droid.CheckAccessURL))},
			},
			"session_token": schema.StringAttribute{
				MarkdownDescription: "Session token of the workspace's owner. Defaults to `CODER_WORKSPACE_OWNER_SESSION_TOKEN`, which Coder " +
					"sets when a workspace starts, then `CODER_SESSION_TOKEN`. An empty string counts as not set.",
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{checkedSecret("must be a token", droid.CheckKey)},
			},
			"gateway_url": schema.StringAttribute{
				MarkdownDescription: "Root URL of the AI Gateway, for a standalone one, such as `https://gateway.example.com`, without a gateway " +
					"provider or `/v1` at its end. Defaults to " +
					"`/api/v2/ai-gateway` below the access URL from Coder 2.36 on, and to `/api/v2/aibridge`, which every release " +
					"with a gateway serves, when the deployment is older or its version is not known.",
				Optional:   true,
				Validators: []validator.String{checkedSecret("must be the root URL of an AI Gateway", optional(droid.CheckGatewayURL))},
			},
			"verification": schema.StringAttribute{
				MarkdownDescription: "What happens when the deployment can't be reached, refuses the token, has no usable AI Gateway, has no gateway provider as a model " +
					"needs it, or gives no list of models: `\"require\"` fails the build, `\"warn\"` (the default) warns, " +
					"`\"skip\"` makes no call to the deployment at all. A token of somebody other than the workspace's owner fails the build " +
					"unless nothing is called. No check reaches a vendor or costs a token, or leaves an error in the deployment's log.",
				Optional:   true,
				Validators: []validator.String{checked("must be a kind of verification", run.CheckVerification)},
			},
			"headers": schema.MapAttribute{
				MarkdownDescription: "Extra HTTP headers for the provider's own calls to the deployment, for instance to pass a proxy in front " +
					"of it. Droid does not send them.",
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
			},
			"token_scope": schema.StringAttribute{
				MarkdownDescription: "What Droid's token can do. `\"all\"` (the default): Droid gets the session token, as in Coder's guide, with which it can do " +
					"all that its owner can. `\"gateway\"`: the provider makes a token at apply that can use the AI Gateway and nothing else in Coder, and Droid " +
					"gets that one. Its name in `coder tokens list` begins with `droid-` and the workspace's name. Each start of the workspace makes a new one and " +
					"deletes the one before. Outside a workspace build each resource has a token of its own: an apply renews it when half of its lifetime " +
					"is over, and a destroy deletes it. If the deployment makes no such token, or its gateway refuses it, `verification` decides: " +
					"`\"require\"` fails the build, `\"warn\"` gives Droid the session token and says why. `\"skip\"` can't be combined with `\"gateway\"`.",
				Optional:   true,
				Validators: []validator.String{checked("must be a scope", run.CheckTokenScope)},
			},
			"token_lifetime": schema.StringAttribute{
				MarkdownDescription: "How long the token of `token_scope = \"gateway\"` lives, such as `\"24h\"`: at least a minute, and at most as long as the deployment " +
					"allows. Defaults to `\"168h\"`, a week. When a workspace runs for longer than that without a restart, the gateway answers Droid with 403 " +
					"`unauthorized` until the next start. A shorter lifetime limits what a copied token is worth: Coder gives a stop no session token, so a stop can't " +
					"delete this token, and it works until its lifetime is over.",
				Optional:   true,
				Validators: []validator.String{checked("must be a duration", run.CheckTokenLifetime)},
			},
		},
	}
}

// ValidateConfig checks the headers, whose names a validator of the framework would show, and attributes that exclude each other.
func (p *factoryProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	report(&resp.Diagnostics, droid.CheckHeaders("headers", plain(model.Headers))...)
	report(&resp.Diagnostics, model.config().CheckToken()...)
}

func (p *factoryProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	b, problems := run.New(model.config(), p.getenv)
	report(&resp.Diagnostics, problems...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.ResourceData = b
	resp.DataSourceData = b
}

// config is the provider block as plain values.
func (m providerModel) config() run.Config {
	value := func(s types.String) run.Value { return run.Value{Text: s.ValueString(), Unknown: s.IsUnknown()} }
	c := run.Config{
		AccessURL:      value(m.AccessURL),
		SessionToken:   value(m.SessionToken),
		GatewayURL:     value(m.GatewayURL),
		Verification:   value(m.Verification),
		TokenScope:     value(m.TokenScope),
		TokenLifetime:  value(m.Lifetime),
		Headers:        make(map[string]string),
		HeadersUnknown: m.Headers.IsUnknown(),
	}
	for name, element := range m.Headers.Elements() {
		header, _ := element.(types.String)
		c.Headers[name] = header.ValueString()
		c.HeadersUnknown = c.HeadersUnknown || header.IsUnknown()
	}
	return c
}

func (p *factoryProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newCustomModelsResource}
}

func (p *factoryProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newAIGatewayDataSource}
}

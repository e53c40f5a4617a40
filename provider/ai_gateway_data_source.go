package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

var (
	_ datasource.DataSourceWithConfigure      = (*aiGatewayDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*aiGatewayDataSource)(nil)
)

func newAIGatewayDataSource() datasource.DataSource {
	return &aiGatewayDataSource{}
}

type aiGatewayDataSource struct {
	run *run.Run
}

type aiGatewayModel struct {
	Instances  types.Set    `tfsdk:"instances"`
	AccessURL  types.String `tfsdk:"access_url"`
	Version    types.String `tfsdk:"version"`
	GatewayURL types.String `tfsdk:"gateway_url"`
	BaseURLs   types.Map    `tfsdk:"base_urls"`
	Enabled    types.Bool   `tfsdk:"enabled"`
	Entitled   types.Bool   `tfsdk:"entitled"`
	Owner      types.String `tfsdk:"owner"`
	Providers  types.Map    `tfsdk:"providers"`
	Models     types.Map    `tfsdk:"models"`
}

func (d *aiGatewayDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_ai_gateway"
}

func (d *aiGatewayDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The Coder deployment and its AI Gateway as the provider sees them, and the models that the gateway providers " +
			"have, so that a template's `models` can be built from what is really there. It is read while Terraform plans, with at most 5 " +
			"seconds for all its calls together. A run without a session token (template import, dry run, stop, delete, prebuild) and a provider " +
			"with `verification = \"skip\"` make no call; what only an answer tells is then `null`, each list of models included.",
		Attributes: map[string]schema.Attribute{
			"instances": schema.SetAttribute{
				MarkdownDescription: "Names of the gateway providers to ask for their models, as a Coder administrator chose them, such as " +
					"`[\"anthropic\", \"openai\"]`. Defaults to none.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"access_url": schema.StringAttribute{
				MarkdownDescription: "URL of the deployment: the provider's `access_url` if set, else the deployment's own word, else the URL from the " +
					"environment.",
				Computed: true,
			},
			"version": schema.StringAttribute{
				MarkdownDescription: "Version of the deployment, such as `v2.36.0+1c2d3e4`. `null` where it did not tell.",
				Computed:            true,
			},
			"gateway_url": schema.StringAttribute{
				MarkdownDescription: "Root URL of the AI Gateway: the provider's `gateway_url` if set, else below `access_url` at `/api/v2/ai-gateway` from " +
					"Coder 2.36 on, and at `/api/v2/aibridge` when the deployment is older or did not tell its version.",
				Computed: true,
			},
			"base_urls": schema.MapAttribute{
				MarkdownDescription: "Base URL for Droid by its word for the protocol (`anthropic`, `openai`, `generic-chat-completion-api`), with the gateway " +
					"provider that `factory_custom_models` takes by default: `anthropic` for the first, `openai` for the others.",
				ElementType: types.StringType,
				Computed:    true,
			},
			"enabled": schema.BoolAttribute{
				MarkdownDescription: "Whether the deployment has a licensed AI Gateway that is switched on. `null` where it did not tell.",
				Computed:            true,
			},
			"entitled": schema.BoolAttribute{
				MarkdownDescription: "Whether the licence's AI Governance add-on covers the gateway's users. `null` where the deployment did not tell.",
				Computed:            true,
			},
			"owner": schema.StringAttribute{
				MarkdownDescription: "Name of the Coder user that the session token belongs to. `null` where there is no token or the deployment did not tell.",
				Computed:            true,
			},
			"providers": schema.MapNestedAttribute{
				MarkdownDescription: "The gateway providers that the token's owner may use, by their names; Coder lists no disabled one to a member. " +
					"`null` where the deployment did not tell: before Coder 2.36, in a run without a session token, and after a warning.",
				Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"type": schema.StringAttribute{
						MarkdownDescription: "Coder's word for what it connects to: `anthropic`, `bedrock`, `openai`, `azure`, `google`, `openai-compat`, " +
							"`openrouter`, `vercel` or `copilot`.",
						Computed: true,
					},
					"display_name": schema.StringAttribute{
						MarkdownDescription: "Its name in Coder's dashboard.",
						Computed:            true,
					},
					"enabled": schema.BoolAttribute{
						MarkdownDescription: "Whether it is enabled.",
						Computed:            true,
					},
					"personal_keys": schema.BoolAttribute{
						MarkdownDescription: "Whether the gateway takes a personal key (bring your own key) for it.",
						Computed:            true,
					},
				}},
			},
			"models": schema.MapAttribute{
				MarkdownDescription: "Ids of the models that each of `instances` has, by its name, in the upstream's order and each once. An upstream lists all " +
					"it has, also what Droid can't use, such as models for images: choose by `if` in a `for`. A list is `null` where it could not " +
					"be read: in a run without a session token, with `verification = \"skip\"`, and after a warning. Name the models for that case " +
					"with `coalesce`, as in the example; a `for` over `null` fails. Each gateway provider costs one call to its upstream (more " +
					"where the list has pages), and no token.",
				ElementType: idsType,
				Computed:    true,
			},
		},
	}
}

// ValidateConfig has no path: the names may be many, and Coder stops reading at a line of 64 KiB.
func (d *aiGatewayDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config aiGatewayModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	for _, element := range config.Instances.Elements() {
		name, _ := element.(types.String)
		if name.IsNull() {
			report(&resp.Diagnostics, droid.Invalid("A name in instances", droid.ErrNull))
		} else if err := checkString(name, droid.CheckInstance); err != nil {
			report(&resp.Diagnostics, droid.Invalid(fmt.Sprintf("The name %s in instances", droid.Quoted(name.ValueString())), err))
		}
	}
}

func (d *aiGatewayDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.run, _ = req.ProviderData.(*run.Run) // nil while only the configuration is validated
}

func (d *aiGatewayDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config aiGatewayModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.ask(ctx, d.run, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

// ask fills in what is computed, as far as this run can ask for it.
func (m *aiGatewayModel) ask(ctx context.Context, b *run.Run, diags *diag.Diagnostics) {
	var instances []string
	diags.Append(m.Instances.ElementsAs(ctx, &instances, false)...)
	if diags.HasError() {
		return
	}
	survey, problems := b.Survey(ctx, instances)
	report(diags, problems...)
	m.describe(survey.Deployment)
	m.list(instances, survey.Models)
}

// describe takes over what is known of the deployment.
func (m *aiGatewayModel) describe(d coder.Deployment) {
	m.AccessURL, m.Version = stringOrNull(d.AccessURL), stringOrNull(d.Version)
	m.GatewayURL, m.Owner = stringOrNull(d.GatewayURL), stringOrNull(d.Owner)
	m.Enabled, m.Entitled = types.BoolPointerValue(d.Enabled), types.BoolPointerValue(d.Entitled)
	m.Providers = providersOf(d)
	m.BaseURLs = types.MapNull(types.StringType)
	if d.GatewayURL == "" {
		return
	}
	baseURLs := make(map[string]attr.Value)
	for _, provider := range droid.Providers() {
		baseURLs[provider] = types.StringValue(droid.BaseURL(d.GatewayURL, provider, droid.Instance(provider)))
	}
	m.BaseURLs = types.MapValueMust(types.StringType, baseURLs)
}

var providerType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"type": types.StringType, "display_name": types.StringType, "enabled": types.BoolType, "personal_keys": types.BoolType,
}}

func providersOf(d coder.Deployment) types.Map {
	if d.Providers == nil {
		return types.MapNull(providerType)
	}
	providers := make(map[string]attr.Value)
	for _, p := range d.Providers {
		providers[p.Name] = types.ObjectValueMust(providerType.AttrTypes, map[string]attr.Value{
			"type":          types.StringValue(p.Type),
			"display_name":  types.StringValue(p.DisplayName),
			"enabled":       types.BoolValue(p.Enabled),
			"personal_keys": types.BoolValue(p.PersonalKeys),
		})
	}
	return types.MapValueMust(providerType, providers)
}

var idsType = types.ListType{ElemType: types.StringType}

// list gives every instance its list of ids, and null where there is none. An empty list would be an answer: a template would
// take the models out of the workspace.
func (m *aiGatewayModel) list(instances []string, models map[string][]string) {
	lists := make(map[string]attr.Value)
	for _, instance := range instances {
		list, found := models[instance]
		if !found {
			lists[instance] = types.ListNull(types.StringType)
			continue
		}
		ids := make([]attr.Value, len(list))
		for i, id := range list {
			ids[i] = types.StringValue(id)
		}
		lists[instance] = types.ListValueMust(types.StringType, ids)
	}
	m.Models = types.MapValueMust(idsType, lists)
}

func stringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/run"
)

var (
	_ resource.ResourceWithConfigure      = (*customModelsResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*customModelsResource)(nil)
	_ resource.ResourceWithValidateConfig = (*customModelsResource)(nil)
)

func newCustomModelsResource() resource.Resource {
	return &customModelsResource{}
}

type customModelsResource struct {
	run *run.Run
}

func (r *customModelsResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_custom_models"
}

func (r *customModelsResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Custom models of [Factory's Droid](https://docs.factory.ai/cli/byok/overview), by default through the Coder " +
			"deployment's AI Gateway. The resource renders Droid's settings with the workspace owner's session token; `env` and `script` " +
			"bring them into the workspace, where the script merges them into the person's own `~/.factory/settings.json` and leaves " +
			"everything else in it as it is. Linux and macOS workspaces are supported; Windows ones are not.\n\n" +
			"Three things go by the name of provider. The *provider* is Terraform's plugin. The *protocol* is what Droid speaks with a model; " +
			"the attribute `provider` of a model names it, because Droid calls it so. The *gateway provider* is a connection of the AI Gateway " +
			"to a vendor, such as `bedrock`; a Coder administrator chose its name, and `gateway_provider` takes it.",
		Attributes: map[string]schema.Attribute{
			"models": schema.ListNestedAttribute{
				MarkdownDescription: "The models, in the order of Droid's menu. An empty list removes the ones this resource wrote before. At least one of `models` " +
					"and `catalog` is needed.",
				Optional:     true,
				NestedObject: modelObject(),
			},
			"catalog": catalogAttribute(),
			"default_model": schema.StringAttribute{
				MarkdownDescription: "`name` of the model that a new session starts with. It is written as `sessionDefaultSettings.model` where the " +
					"person has chosen none, or one of this resource's that is gone. Defaults to the catalogue's own default, if there is a catalogue.",
				Optional: true,
			},
			"settings_path": schema.StringAttribute{
				MarkdownDescription: "Settings file in the workspace, absolute or below `~/`. Defaults to `~/.factory/settings.json`, and with " +
					"`delivery = \"managed\"` to `~/.factory/<namespace>-managed.json`. `/etc/factory/settings.json` is Droid's system-managed file, " +
					"which only root can write, and which stands in for the settings that Factory serves to an organisation. Every user of the workspace " +
					"can read it, so it holds no token, unless a model has a personal key.",
				Optional: true,
				Computed: true,
			},
			"delivery":         deliveryAttribute(),
			"managed_settings": managedSettingsAttribute(),
			"gateway_only":     gatewayOnlyAttribute(),
			"namespace": schema.StringAttribute{
				MarkdownDescription: "Droid's ids are `custom:<namespace>/<name>`, and this resource owns every entry whose id begins so. Give each " +
					"resource that reaches the same workspace a namespace of its own. Defaults to `coder`.",
				Optional: true,
				Computed: true,
				Default:  stringdefault.StaticString(defaultNamespace),
			},
			"former_namespaces": schema.ListAttribute{
				MarkdownDescription: "Namespaces that this resource had before. Their entries are removed from the settings file, in workspaces and " +
					"at `local_path`. Defaults to none.",
				ElementType: types.StringType,
				Optional:    true,
			},
			"local_path": schema.StringAttribute{
				MarkdownDescription: "Settings file on the machine that runs Terraform, absolute, relative, or below `~/`: a laptop's own, or one in " +
					"a folder that the workspace mounts. The models are merged into it at apply, with the same rules as in a workspace; " +
					"a change made to them by others shows at the next plan, and destroy removes them. Defaults to none.",
				Optional: true,
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "Random id of this resource, made when it is created and kept from then on, for instance for " +
					"`coder_metadata.resource_id`.",
				Computed:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"names": schema.ListAttribute{
				MarkdownDescription: "Names of the models that came of `models` and `catalog`, in the order of Droid's menu: what `default_model` takes.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"settings_json": schema.StringAttribute{
				MarkdownDescription: "The rendered settings document, as JSON. It holds the session token.",
				Computed:            true,
				Sensitive:           true,
			},
			"env": schema.MapAttribute{
				MarkdownDescription: "Environment for `coder_agent.env` (or `coder_env`): a variable with the settings document in base64, that `script` " +
					"reads. For a managed file there is a variable with the token as well, and one that names the file to Droid. The names are known at " +
					"plan, so a `coder_env` can have `for_each = toset(nonsensitive(keys(factory_custom_models.NAME.env)))`.",
				ElementType: types.StringType,
				Computed:    true,
				Sensitive:   true,
			},
			"script": schema.StringAttribute{
				MarkdownDescription: "Script for `coder_agent.startup_script` (or `coder_script.script`) that merges the document from `env` into the " +
					"settings file. It is the same at every start and whatever the models are, holds no secret, needs nothing but `sh` and `awk`, and leaves " +
					"lines appended to it alone.",
				Computed: true,
			},
			"sha256": schema.StringAttribute{
				MarkdownDescription: "SHA-256 of `settings_json`, in hexadecimal. With `local_path` it is, after a refresh, that of the file " +
					"when the models in it are not as wanted.",
				Computed: true,
			},
		},
	}
}

// modelObject has its type ready, which the framework else puts together each time it looks at a value.
func modelObject() schema.NestedAttributeObject {
	object := schema.NestedAttributeObject{Attributes: modelAttributes()}
	object.CustomType = object.Type()
	return object
}

func modelAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"model": schema.StringAttribute{
			MarkdownDescription: "Id of the model that is sent upstream, such as `claude-sonnet-4-5-20250929`.",
			Required:            true,
		},
		"provider": schema.StringAttribute{
			MarkdownDescription: "Protocol that Droid speaks with the model: `anthropic` (Messages), `openai` (Responses) or " +
				"`generic-chat-completion-api` (Chat Completions). It is neither the vendor nor the gateway provider: a Claude model of the " +
				"gateway provider `bedrock` has `provider = \"anthropic\"` and `gateway_provider = \"bedrock\"`.",
			Required: true,
		},
		"name": schema.StringAttribute{
			MarkdownDescription: "End of Droid's id of the model, `custom:<namespace>/<name>`: printable ASCII without white space, unique in `models`. " +
				"Defaults to `model`.",
			Optional: true,
		},
		"display_name": schema.StringAttribute{
			MarkdownDescription: "Name in Droid's menu. Defaults to the name, with `(Coder AI Gateway)` behind it when the model goes through it.",
			Optional:            true,
		},
		"gateway_provider": schema.StringAttribute{
			MarkdownDescription: "Name of the gateway provider, as a Coder administrator chose it. Defaults to `anthropic` for the protocol " +
				"`anthropic`, else to `openai`.",
			Optional: true,
		},
		"api_key": schema.StringAttribute{
			MarkdownDescription: "Personal key of the model's vendor (bring your own key), or `$${VAR}`, which Droid replaces by a variable of the " +
				"workspace. The session token then goes along in the header `X-Coder-AI-Governance-Token`. Without it, or when it is " +
				"empty, the session token is the key and the gateway uses its central one. With `base_url` it is that server's key. Put no " +
				"key itself into a template: Terraform prints the lines of `models` when a value there has the wrong type or is missing.",
			Optional:  true,
			Sensitive: true,
		},
		"base_url": schema.StringAttribute{
			MarkdownDescription: "Address of a model outside the AI Gateway. No Coder token is sent there. Droid appends `/v1/messages` for the protocol " +
				"`anthropic`, `/responses` for `openai` and `/chat/completions` for `generic-chat-completion-api`; the address of the " +
				"latter two usually ends in `/v1`.",
			Optional: true,
		},
		"max_output_tokens": schema.Int64Attribute{
			MarkdownDescription: "Most tokens of an answer. Droid does not send it with the protocol `openai`; set `max_output_tokens` in `extra_args` " +
				"for that. While a Claude model thinks, Droid raises a value below 24577.",
			Optional: true,
		},
		"max_context_limit": schema.Int64Attribute{
			MarkdownDescription: "Most tokens of context before Droid compacts a session.",
			Optional:            true,
		},
		"no_image_support": schema.BoolAttribute{
			MarkdownDescription: "Whether the model takes no images. Defaults to `true` for `generic-chat-completion-api`, else to `false`.",
			Optional:            true,
		},
		"enable_thinking": schema.BoolAttribute{
			MarkdownDescription: "Whether a Claude model thinks. Without it Droid decides by the model.",
			Optional:            true,
		},
		"thinking_max_tokens": schema.Int64Attribute{
			MarkdownDescription: "Most tokens of thinking.",
			Optional:            true,
		},
		"reasoning_effort": schema.StringAttribute{
			MarkdownDescription: "Reasoning effort: `none`, `dynamic`, `off`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`. Without it Droid " +
				"decides.",
			Optional: true,
		},
		"extra_headers": schema.MapAttribute{
			MarkdownDescription: "HTTP headers that Droid adds to each request of this model; they go before its own. Printable ASCII only. " +
				"`X-Coder-AI-Governance-Token` is the provider's.",
			ElementType: types.StringType,
			Optional:    true,
			Sensitive:   true,
		},
		"extra_args": schema.StringAttribute{
			MarkdownDescription: "JSON object that Droid merges over the body of each request of this model, such as " +
				"`jsonencode({ temperature = 0.2 })`.",
			Optional: true,
		},
		"extra_fields": schema.StringAttribute{
			MarkdownDescription: "JSON object of further fields of Droid's entry that have no attribute here, by Droid's names, such as " +
				"`jsonencode({ authMode = \"bearer\" })`.",
			Optional: true,
		},
	}
}

func (r *customModelsResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.run, _ = req.ProviderData.(*run.Run) // nil while only the configuration is validated
}

func (r *customModelsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan customModelsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	remembered := plan.put(r.run, nil, nil, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = plan.withComputed(ctx, req.Plan.Raw, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, remembered)...)
}

func (r *customModelsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var local types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("local_path"), &local)...)
	if local.ValueString() == "" && !r.run.Refreshes() {
		return // the framework takes long to read hundreds of models
	}
	var state customModelsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.refresh(&resp.Diagnostics)
	state.refreshCatalog(ctx, r.run, req, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = state.withComputed(ctx, req.State.Raw, &resp.Diagnostics)
}

func (r *customModelsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state customModelsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	memory, diags := req.Private.GetKey(ctx, memoryKey)
	resp.Diagnostics.Append(diags...)
	remembered := plan.put(r.run, &state, memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = plan.withComputed(ctx, req.Plan.Raw, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, remembered)...)
}

func (r *customModelsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state customModelsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	memory, diags := req.Private.GetKey(ctx, memoryKey)
	resp.Diagnostics.Append(diags...)
	if state.withdraw(&resp.Diagnostics); !resp.Diagnostics.HasError() {
		report(&resp.Diagnostics, r.run.End(memory, state.ID.ValueString())...)
	}
}

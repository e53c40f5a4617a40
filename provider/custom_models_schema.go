package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/run"
)

const defaultNamespace = "coder"

func resourceAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"default_model": schema.StringAttribute{
			MarkdownDescription: "`name` of the model that a new session starts with. It is set only if the user has no " +
				"default, or their default was one of these models and is gone. Defaults to the catalog's own default.",
			Optional: true,
		},
		"delivery": schema.StringAttribute{
			MarkdownDescription: "`\"merge\"` (the default) merges the models and the token into the user's own settings " +
				"file. `\"managed\"` writes a file of our own below HOME, which Droid reads as its organization's settings, " +
				"and `\"system\"` writes Droid's system-managed file, `/etc/factory/settings.json`, as root. In these two, " +
				"Droid takes the token from the environment.",
			Optional: true,
			Computed: true,
			Default:  stringdefault.StaticString(delivery.Merge),
		},
		"settings_path": schema.StringAttribute{
			MarkdownDescription: "Another settings file for `merge` or `managed`, absolute or below `~/`. Defaults to " +
				"`~/.factory/settings.json`, and for `managed` to `~/.factory/<namespace>-managed.json`.",
			Optional: true,
		},
		"managed_settings": schema.StringAttribute{
			MarkdownDescription: "JSON object with further settings for the file of `managed` or `system`, by Droid's " +
				"names, such as `jsonencode({ cloudSessionSync = false })`. It can't hold `customModels`. Defaults to none.",
			Optional: true,
		},
		"gateway_only": schema.BoolAttribute{
			MarkdownDescription: "Whether Droid blocks every custom model that is not reached through the gateway, for " +
				"`managed` and `system`. Users can undo `managed`, but not `system`, whose file root owns. Defaults to `false`.",
			Optional: true,
			Computed: true,
			Default:  booldefault.StaticBool(false),
		},
		"token_scope": schema.StringAttribute{
			MarkdownDescription: "`\"session\"` (the default) gives Droid the session token, as Coder's guide does. " +
				"`\"gateway\"` makes a token at each start that can use the AI Gateway and almost nothing else. If that token " +
				"can't be made, Droid does not get the session token instead: `verification` decides whether the build fails.",
			Optional: true,
			Computed: true,
			Default:  stringdefault.StaticString(run.ScopeSession),
		},
		"token_lifetime": schema.StringAttribute{
			MarkdownDescription: "How long the token of `token_scope = \"gateway\"` works, such as `\"24h\"`. A stop cannot " +
				"delete this token, so choose a short lifetime, but longer than a workspace runs without a restart. Defaults " +
				"to `\"168h\"`, a week.",
			Optional: true,
		},
		"namespace": schema.StringAttribute{
			MarkdownDescription: "Droid's ids are `custom:<namespace>/<name>`, and this resource owns every entry whose id " +
				"begins so. Give each resource on the same agent a namespace of its own. Defaults to `coder`.",
			Optional: true,
			Computed: true,
			Default:  stringdefault.StaticString(defaultNamespace),
		},
		"former_namespaces": schema.ListAttribute{
			MarkdownDescription: "Previous namespaces of this resource. Their entries are removed from the settings file. " +
				"Defaults to none.",
			ElementType: types.StringType,
			Optional:    true,
		},
		"id": schema.StringAttribute{
			MarkdownDescription: "Random id of this resource, for instance for `coder_metadata.resource_id`. It never changes.",
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"model_ids": schema.ListAttribute{
			MarkdownDescription: "Droid's ids of the models from `model` and `catalog`, in the order of Droid's menu. " +
				"`droid exec -m` takes them.",
			ElementType: types.StringType,
			Computed:    true,
		},
		"settings_json": schema.StringAttribute{
			MarkdownDescription: "The rendered settings document, as JSON. With `merge` it holds the token.",
			Computed:            true,
			Sensitive:           true,
		},
		"env": schema.MapAttribute{
			MarkdownDescription: "Environment for `coder_agent.env` or `coder_env`: the settings document for `script`, and " +
				"what Droid needs beside it. The names are known at plan, so a `coder_env` can have `for_each = " +
				"toset(nonsensitive(keys(factory_custom_models.NAME.env)))`.",
			ElementType: types.StringType,
			Computed:    true,
			Sensitive:   true,
		},
		"script": schema.StringAttribute{
			MarkdownDescription: "Script for `coder_agent.startup_script` or `coder_script.script` that writes the document " +
				"from `env` into the settings file. It is the same at every start, holds no secret, and needs `sh`, `awk` and " +
				"everyday commands.",
			Computed: true,
		},
	}
}

func modelAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"model": schema.StringAttribute{
			MarkdownDescription: "Id of the model that is sent upstream, such as `claude-sonnet-4-5-20250929`.",
			Required:            true,
		},
		"provider": schema.StringAttribute{
			MarkdownDescription: "API format: `anthropic` (Messages), `openai` (Responses) or `generic-chat-completion-api` " +
				"(Chat Completions). It is not the vendor: a Claude model of the gateway provider `bedrock` has `provider = " +
				"\"anthropic\"` and `gateway_provider = \"bedrock\"`.",
			Required: true,
		},
		"name": schema.StringAttribute{
			MarkdownDescription: "End of Droid's id of the model, `custom:<namespace>/<name>`: printable ASCII without " +
				"white space, unique in the resource. Defaults to `model`.",
			Optional: true,
		},
		"display_name": schema.StringAttribute{
			MarkdownDescription: "Name in Droid's menu. Defaults to `name`, with `(Coder AI Gateway)` behind it if the " +
				"model goes through the gateway.",
			Optional: true,
		},
		"gateway_provider": schema.StringAttribute{
			MarkdownDescription: "Name of the gateway provider, as a Coder administrator chose it. Defaults to `anthropic` " +
				"if `provider` is `anthropic`, otherwise to `openai`.",
			Optional: true,
		},
		"api_key": schema.StringAttribute{
			MarkdownDescription: "Personal key of the vendor (bring your own key). Write it as `$${NAME}`, and Droid " +
				"replaces it by that variable of the workspace; the token then goes into the header " +
				"`X-Coder-AI-Governance-Token`. Without it, the gateway uses its central key.",
			Optional:  true,
			Sensitive: true,
		},
		"base_url": schema.StringAttribute{
			MarkdownDescription: "Address of a model outside the AI Gateway. `api_key` is its key, and no Coder token is " +
				"sent there. Droid appends `/v1/messages` for `anthropic`, `/responses` for `openai` and `/chat/completions` " +
				"for `generic-chat-completion-api`.",
			Optional: true,
		},
		"max_output_tokens": schema.Int64Attribute{
			MarkdownDescription: "Most tokens of an answer. Droid does not send it for `openai`: set `max_output_tokens` in " +
				"`extra_args` there. While a Claude model thinks, Droid raises a value below 24577.",
			Optional: true,
		},
		"max_context_limit": schema.Int64Attribute{
			MarkdownDescription: "Most tokens of context before Droid compacts a session.",
			Optional:            true,
		},
		"no_image_support": schema.BoolAttribute{
			MarkdownDescription: "Whether the model takes no images. Defaults to `true` for `generic-chat-completion-api`, " +
				"otherwise to `false`.",
			Optional: true,
		},
		"enable_thinking": schema.BoolAttribute{
			MarkdownDescription: "Whether a Claude model thinks. Without it, Droid decides by the model.",
			Optional:            true,
		},
		"thinking_max_tokens": schema.Int64Attribute{
			MarkdownDescription: "Most tokens of thinking.",
			Optional:            true,
		},
		"reasoning_effort": schema.StringAttribute{
			MarkdownDescription: "Reasoning effort: `none`, `dynamic`, `off`, `minimal`, `low`, `medium`, `high`, `xhigh` " +
				"or `max`. Without it, Droid decides.",
			Optional: true,
		},
		"extra_headers": schema.MapAttribute{
			MarkdownDescription: "HTTP headers that Droid adds to each request of this model. They override Droid's own " +
				"headers. Printable ASCII only.",
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
			MarkdownDescription: "JSON object of further fields of Droid's entry that have no argument here, by Droid's " +
				"names, such as `jsonencode({ authMode = \"bearer\" })`.",
			Optional: true,
		},
	}
}

func catalogAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"source": schema.StringAttribute{
			MarkdownDescription: "`\"coder\"` (the default) takes the models that administrators chose for Coder's own " +
				"agents, with their names, limits and default. `\"upstream\"` takes what each gateway provider's vendor lists, " +
				"and needs `include`.",
			Optional: true,
		},
		"include": schema.ListAttribute{
			MarkdownDescription: "Globs on model ids, such as `[\"claude-*\", \"gpt-5*\"]`. A model is taken if one of them " +
				"matches. Defaults to all.",
			ElementType: types.StringType,
			Optional:    true,
		},
		"exclude": schema.ListAttribute{
			MarkdownDescription: "Globs on model ids that are not taken. Defaults to none.",
			ElementType:         types.StringType,
			Optional:            true,
		},
	}
}

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/coder/terraform-provider-factory/internal/deployment"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/settings"
)

// ValidateConfig checks what can be seen without knowing the deployment, value by value as far as they are known.
func (r *customModelsResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config customModelsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.Models.IsUnknown() {
		return
	}
	names := make(map[string]int)
	complete := true // every name is known
	for i, element := range config.Models.Elements() {
		at := path.Root("models").AtListIndex(i)
		if element.IsUnknown() || element.IsNull() {
			complete = false
			continue
		}
		model := modelOf(element)
		model.validate(at, &resp.Diagnostics)
		name, known := model.effectiveName()
		if complete = complete && known; !known {
			continue
		}
		if first, taken := names[name]; taken {
			resp.Diagnostics.AddAttributeError(at.AtName("name"), "Duplicate Model Name",
				fmt.Sprintf("Two models, numbers %d and %d in the list, are named %q. Droid would show only the first of them.\n\n"+
					"Give one of them a name of its own.", first+1, i+1, name))
			continue
		}
		names[name] = i
	}
	if want := config.DefaultModel; complete && want.ValueString() != "" {
		if _, ok := names[want.ValueString()]; !ok {
			resp.Diagnostics.AddAttributeError(path.Root("default_model"), "Unknown Default Model",
				fmt.Sprintf("No model in the list is named %q.\n\nUse the name of one of the models, which is its model id unless name is set.",
					want.ValueString()))
		}
	}
}

// effectiveName is the model's name, if it can be told yet.
func (m modelModel) effectiveName() (name string, known bool) {
	if !m.Name.IsNull() {
		return m.Name.ValueString(), !m.Name.IsUnknown()
	}
	return m.Model.ValueString(), !m.Model.IsUnknown()
}

// validate checks what the values of one model say together.
func (m modelModel) validate(at path.Path, diags *diag.Diagnostics) {
	if m.Name.IsNull() && !m.Model.IsUnknown() && droid.CheckText(m.Model.ValueString()) == nil {
		if err := droid.CheckName(m.Model.ValueString()); err != nil {
			diags.AddAttributeError(at.AtName("model"), "Model Needs a Name",
				"Without a name the model's own id ends its id in Droid, and that "+err.Error()+".\n\nSet name beside it.")
		}
	}
	if base, provider := m.BaseURL.ValueString(), m.Provider.ValueString(); base != "" && provider != "" && droid.CheckURL(base) == nil {
		if err := droid.CheckBaseURL(provider, base); err != nil {
			diags.AddAttributeError(at.AtName("base_url"), "Base URL Droid Would Not Reach", "The value "+err.Error()+".")
		} else if droid.LacksVersion(provider, base) {
			diags.AddAttributeWarning(at.AtName("base_url"), "Base URL Without Version",
				fmt.Sprintf("With provider %s, Droid appends only the name of the call to base_url, and most servers expect /v1 before it.\n\n"+
					"Append /v1 unless this server is different.", provider))
		}
	}
	thinking := droid.Model{
		Model:           m.Model.ValueString(),
		Provider:        m.Provider.ValueString(),
		MaxOutputTokens: m.MaxOutputTokens.ValueInt64Pointer(),
		EnableThinking:  m.EnableThinking.ValueBoolPointer(),
	}
	if !m.EnableThinking.IsUnknown() && !m.MaxOutputTokens.IsUnknown() && thinking.RaisesOutput() {
		diags.AddAttributeWarning(at.AtName("max_output_tokens"), "Output Limit Raised by Droid",
			fmt.Sprintf("While %s thinks, Droid raises a limit below %d tokens, for instance 8192 to 32000.\n\n"+
				"Set %d or more, or enable_thinking = false.", m.Model.ValueString(), droid.MinThinkingOutput, droid.MinThinkingOutput))
	}
}

// ModifyPlan decides what of the computed attributes changes. The deployment is not asked: the document is rendered
// with what the last apply learned of it, and where that gives what the state has, nothing is planned.
func (r *customModelsResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.coder == nil {
		return
	}
	var plan customModelsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.Script = types.StringUnknown()
	if !plan.Namespace.IsUnknown() && !plan.SettingsPath.IsUnknown() {
		plan.Script = plan.script()
	}

	memory, diags := req.Private.GetKey(ctx, deploymentKey)
	resp.Diagnostics.Append(diags...)
	document, certain := r.expect(ctx, plan, memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	expected := plan
	plan.SettingsJSON, plan.Env, plan.SHA256 = types.StringUnknown(), types.MapUnknown(types.StringType), types.StringUnknown()
	if !req.State.Raw.IsNull() && certain {
		var state customModelsModel
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		expected.compute(document, &resp.Diagnostics)
		if expected.matches(state) {
			plan.SettingsJSON, plan.Env, plan.SHA256 = state.SettingsJSON, state.Env, state.SHA256
		}
	}
	resp.Plan.Raw = plan.withComputed(ctx, resp.Plan.Raw, &resp.Diagnostics)
}

// withComputed is raw with the computed attributes of m. Those alone: a nested collection that is written back loses its marks,
// and the framework's way of setting an attribute goes through all the others.
func (m customModelsModel) withComputed(ctx context.Context, raw tftypes.Value, diags *diag.Diagnostics) tftypes.Value {
	values := make(map[string]tftypes.Value)
	err := raw.As(&values)
	for name, value := range map[string]attr.Value{"settings_json": m.SettingsJSON, "env": m.Env, "script": m.Script, "sha256": m.SHA256} {
		if err == nil {
			values[name], err = value.ToTerraformValue(ctx)
		}
	}
	if err != nil { // no value of this schema gives one
		diags.AddError("Resource Not Encoded", "A computed attribute has no Terraform value.\n\nThis is a bug of the provider: report it.\n\nError: "+err.Error())
		return raw
	}
	return tftypes.NewValue(raw.Type(), values)
}

func (m customModelsModel) matches(state customModelsModel) bool {
	return m.SettingsJSON.Equal(state.SettingsJSON) && m.Env.Equal(state.Env) && m.SHA256.Equal(state.SHA256) &&
		m.LocalPath.Equal(state.LocalPath)
}

// expect renders the document as far as it can be told at plan, and says whether apply is certain to render the same.
// What is wrong for certain is reported.
func (r *customModelsResource) expect(
	ctx context.Context, plan customModelsModel, memory []byte, diags *diag.Diagnostics,
) (document []byte, certain bool) {
	if r.coder.unknown || !known(ctx, plan.Models, plan.DefaultModel, plan.Namespace, plan.LocalPath) {
		return nil, false
	}
	want := plan.settings(ctx, diags)
	d, certain := r.coder.recall(memory)
	if want.NeedsGateway() {
		r.coder.checkComplete(diags)
	} else {
		certain = true
	}
	if diags.HasError() {
		return nil, false
	}
	document = r.coder.render(want, d, diags)
	if !diags.HasError() {
		environment(plan.Namespace.ValueString(), document, diags)
		plan.checkLocal(document, diags)
	}
	return document, certain || r.coder.tokenless()
}

func known(ctx context.Context, values ...attr.Value) bool {
	for _, value := range values {
		raw, err := value.ToTerraformValue(ctx)
		if err != nil || !raw.IsFullyKnown() {
			return false
		}
	}
	return true
}

// checkLocal finds a local file that apply would refuse.
func (m customModelsModel) checkLocal(document []byte, diags *diag.Diagnostics) {
	if m.LocalPath.ValueString() == "" {
		return
	}
	file, err := settings.Expand(m.LocalPath.ValueString())
	if err != nil {
		addFileError(diags, file, err)
		return
	}
	text, err := settings.Load(file)
	if err == nil {
		_, err = settings.Merge(text, m.wanted(document), settings.System(file))
	}
	if err != nil {
		addFileError(diags, file, err)
	}
}

// deploymentKey is where the private state keeps a memory.
const deploymentKey = "deployment"

// memory is what an apply learned of the deployment, with the configuration that it asked for it with. It holds no
// secret.
type memory struct {
	AccessURL  string `json:"access_url"`
	Fixed      bool   `json:"fixed"`
	GatewayURL string `json:"gateway_url"`
	Skip       bool   `json:"skip"`
	Learned    string `json:"learned_gateway_url"`
}

func (c *coder) memory() memory {
	return memory{
		AccessURL:  c.config.AccessURL,
		Fixed:      c.config.Fixed,
		GatewayURL: c.config.GatewayURL,
		Skip:       c.verification == verifySkip,
	}
}

func (c *coder) remember(d deployment.Deployment) []byte {
	m := c.memory()
	m.Learned = d.GatewayURL
	text, _ := json.Marshal(m) // strings and booleans always encode
	return text
}

// recall is the deployment as the last apply saw it. It is certain as long as nothing that leads there has changed,
// and always when the deployment is not asked.
func (c *coder) recall(text []byte) (d deployment.Deployment, certain bool) {
	d = c.config.Assume()
	if c.verification == verifySkip {
		return d, true
	}
	var then memory
	if json.NewDecoder(bytes.NewReader(text)).Decode(&then) != nil {
		return d, false
	}
	now := c.memory()
	now.Learned = then.Learned
	if then != now {
		return d, false
	}
	d.GatewayURL = then.Learned
	return d, true
}

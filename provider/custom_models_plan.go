package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

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
	if plan.ID.IsNull() { // a state that an earlier version wrote
		plan.ID = types.StringUnknown()
	}
	plan.Script = types.StringUnknown()
	if whole(ctx, plan.ID, plan.Namespace, plan.Former, plan.SettingsPath) {
		plan.Script = plan.script()
	}

	memory, diags := req.Private.GetKey(ctx, deploymentKey)
	resp.Diagnostics.Append(diags...)
	document, certain := r.expect(ctx, plan, memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	expected := plan
	if !req.State.Raw.IsNull() {
		var before types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("namespace"), &before)...)
		plan.warnOfNamespace(before, &resp.Diagnostics)
	}
	plan.SettingsJSON, plan.Env, plan.SHA256 = types.StringUnknown(), plan.env(types.StringUnknown()), types.StringUnknown()
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

// warnOfNamespace warns of entries that nobody would own any more.
func (m *customModelsModel) warnOfNamespace(before types.String, diags *diag.Diagnostics) {
	old := before.ValueString()
	if old == "" || m.Former.IsUnknown() || m.Namespace.IsUnknown() || old == m.Namespace.ValueString() || slices.Contains(m.owned().Former, old) {
		return
	}
	diags.AddAttributeWarning(path.Root("namespace"), "Former Namespace Not Named",
		fmt.Sprintf("The namespace was %[1]q and is now %[2]q. The entries %[3]s… that earlier starts wrote stay in each person's settings "+
			"file, with a token that no longer works.\n\nAdd this line to the resource, and the next start removes them:\n\n  former_namespaces = [%[1]q]",
			old, m.Namespace.ValueString(), droid.IDPrefix(old)))
}

// withComputed is raw with the computed attributes of m. Those alone: a nested collection that is written back loses its marks,
// and the framework's way of setting an attribute goes through all the others.
func (m customModelsModel) withComputed(ctx context.Context, raw tftypes.Value, diags *diag.Diagnostics) tftypes.Value {
	values := make(map[string]tftypes.Value)
	err := raw.As(&values)
	for name, value := range map[string]attr.Value{"id": m.ID, "settings_json": m.SettingsJSON, "env": m.Env, "script": m.Script, "sha256": m.SHA256} {
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
	if r.coder.unknown || !whole(ctx, plan.Models, plan.DefaultModel, plan.Namespace, plan.Former, plan.LocalPath) {
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
		checkSize(plan.Namespace.ValueString(), r.coder.deliverable(document, want, d, diags), diags)
		plan.checkLocal(document, diags)
	}
	return document, certain || r.coder.tokenless()
}

// deliverable is the document as long as a start will have it. A run that comes before a start has no token yet, so one of the
// usual length stands in: a list that no workspace could get is refused at import. A stop delivers nothing to a workspace.
func (c *coder) deliverable(document []byte, want droid.Settings, d deployment.Deployment, diags *diag.Diagnostics) []byte {
	const likeToken = "0123456789-0123456789012345678901"
	if c.build.ending() || !c.tokenless() {
		return document
	}
	return renderWith(likeToken, want, d, diags)
}

// whole tells whether values are known, with all that is in them.
func whole(ctx context.Context, values ...attr.Value) bool {
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
		_, err = settings.Merge(text, m.wanted(document), droid.SystemManaged(file))
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

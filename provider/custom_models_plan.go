package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

// ModifyPlan decides what of the computed attributes changes. The deployment is not asked: the document is rendered
// with what the last apply learned of it, and where that gives what the state has, nothing is planned.
func (r *customModelsResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.run == nil {
		return
	}
	var plan customModelsModel
	var settingsPath types.String
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("settings_path"), &settingsPath)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ID.IsNull() { // a state that an earlier version wrote
		plan.ID = types.StringUnknown()
	}
	plan.SettingsPath = plan.settingsPath(settingsPath)
	plan.Script = types.StringUnknown()
	if whole(ctx, plan.ID, plan.Namespace, plan.Former, plan.Delivery, plan.SettingsPath) {
		plan.Script = plan.script()
	}

	memory, diags := req.Private.GetKey(ctx, memoryKey)
	resp.Diagnostics.Append(diags...)
	var before customModelsModel // of which only these are needed: the framework takes long to read models
	if !req.State.Raw.IsNull() {
		for name, target := range map[string]any{
			"namespace": &before.Namespace, "settings_json": &before.SettingsJSON, "env": &before.Env, "sha256": &before.SHA256, "local_path": &before.LocalPath,
		} {
			resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), target)...)
		}
	}
	planned := r.expect(ctx, plan, before.written(), memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	expected := plan
	plan.warnOfNamespace(before.Namespace, &resp.Diagnostics)
	plan.SettingsJSON, plan.Env, plan.SHA256 = types.StringUnknown(), plan.unknownEnv(), types.StringUnknown()
	plan.Names = types.ListUnknown(types.StringType)
	if planned.Certain || plan.Catalog.IsNull() && planned.Names != nil {
		plan.Names = names(planned.Names)
	}
	if !req.State.Raw.IsNull() && planned.Certain {
		expected.compute(planned.Result)
		if expected.matches(before) {
			plan.SettingsJSON, plan.Env, plan.SHA256 = before.SettingsJSON, before.Env, before.SHA256
		}
	}
	resp.Plan.Raw = plan.withComputed(ctx, resp.Plan.Raw, &resp.Diagnostics)
}

// written is where the token of the last apply is: in the document, or in a variable beside it.
func (m customModelsModel) written() string {
	token, _ := m.Env.Elements()[delivery.TokenVariable(m.Namespace.ValueString())].(types.String)
	return m.SettingsJSON.ValueString() + `"` + token.ValueString() + `"`
}

// warnOfNamespace warns of entries that nobody would own any more.
func (m *customModelsModel) warnOfNamespace(before types.String, diags *diag.Diagnostics) {
	old := before.ValueString()
	if old == "" || m.Former.IsUnknown() || m.Namespace.IsUnknown() || old == m.Namespace.ValueString() || slices.Contains(m.owned().Former, old) {
		return
	}
	report(diags, droid.Problem{
		Summary: "Former Namespace Not Named",
		Cause: fmt.Sprintf("The namespace was %q and is now %q. The entries %s… that earlier starts wrote stay in each person's settings "+
			"file, with a token that no longer works.", old, m.Namespace.ValueString(), droid.IDPrefix(old)),
		Remedy:    fmt.Sprintf("Add this line to the resource, and the next start removes them:\n\n  former_namespaces = [%q]", old),
		Attribute: "namespace",
		Warning:   true,
	})
}

// withComputed is raw with the computed attributes of m. Those alone: a nested collection that is written back loses its marks,
// and the framework's way of setting an attribute goes through all the others.
func (m customModelsModel) withComputed(ctx context.Context, raw tftypes.Value, diags *diag.Diagnostics) tftypes.Value {
	values := make(map[string]tftypes.Value)
	err := raw.As(&values)
	for name, value := range map[string]attr.Value{
		"id": m.ID, "settings_path": m.SettingsPath, "names": m.Names, "settings_json": m.SettingsJSON, "env": m.Env, "script": m.Script, "sha256": m.SHA256,
	} {
		if err == nil {
			values[name], err = value.ToTerraformValue(ctx)
		}
	}
	if err != nil { // no value of this schema gives one
		report(diags, droid.Problem{
			Summary: "Resource Not Encoded",
			Cause:   "A computed attribute has no Terraform value.",
			Remedy:  "This is a bug of the provider: report it.",
			Error:   err.Error(),
		})
		return raw
	}
	return tftypes.NewValue(raw.Type(), values)
}

// matches tells whether the state has what the resource would compute.
func (m customModelsModel) matches(state customModelsModel) bool {
	return m.SettingsJSON.Equal(state.SettingsJSON) && m.Env.Equal(state.Env) && m.SHA256.Equal(state.SHA256) &&
		m.LocalPath.Equal(state.LocalPath)
}

// expect renders the document as far as it can be told at plan. What is wrong for certain is reported.
func (r *customModelsResource) expect(
	ctx context.Context, plan customModelsModel, written string, memory []byte, diags *diag.Diagnostics,
) run.Planned {
	if r.run.Unknown() || !whole(ctx, plan.Models, plan.Catalog, plan.DefaultModel, plan.Namespace, plan.Former, plan.LocalPath,
		plan.Delivery, plan.Managed, plan.GatewayOnly, plan.SettingsPath) {
		return run.Planned{}
	}
	want := plan.wants()
	want.Written = written
	planned, problems := r.run.Plan(want, memory)
	if report(diags, problems...); !diags.HasError() {
		checkSize(delivery.Delivery{Owned: plan.owned(), Resource: uuid.Nil.String()}, planned.Longest, diags)
		plan.checkLocal(planned.Result, diags)
	}
	return planned
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

// memoryKey is where the private state keeps what the resource remembers.
const memoryKey = "memory"

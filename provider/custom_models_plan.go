package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/delivery"
)

// ModifyPlan decides whether the computed attributes stay as the state has them, or are known after apply. Their new
// values are never predicted.
func (r *customModelsResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if r.run == nil {
		return
	}
	var plan, state customModelsModel
	existing := !req.State.Raw.IsNull()
	if existing {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() {
		if !r.run.Ending() {
			state.warnOfRemoval(&resp.Diagnostics)
		}
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	memory, diags := req.Private.GetKey(ctx, memoryKey)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	// Not in ValidateConfig, which Terraform calls twice in each plan, and not when it plans anew what it applies.
	if !existing || r.run.Refreshed() {
		plan.warn(&resp.Diagnostics)
		plan.warnOfNamespace(state.Namespace.ValueString(), &resp.Diagnostics)
	}
	plan.expectComputed()
	if req.Config.Raw.IsFullyKnown() {
		unchanged, problems := r.run.Plan(plan.wanted(), memory)
		if report(&resp.Diagnostics, problems...); resp.Diagnostics.HasError() {
			return
		}
		if unchanged && existing {
			plan.keepComputed(state)
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// expectComputed makes the computed attributes unknown, as far as they don't follow from the configuration alone. A
// for_each can go over the keys of env before its values are known.
func (m *customModelsModel) expectComputed() {
	m.ModelIDs, m.SettingsJSON = types.ListUnknown(types.StringType), types.StringUnknown()
	m.Env, m.Script = types.MapUnknown(types.StringType), types.StringUnknown()
	if m.Namespace.IsUnknown() || m.Delivery.IsUnknown() || m.SettingsPath.IsUnknown() {
		return
	}
	d := m.delivery()
	m.Env = mapOf(d.Environment(delivery.Content{}), func(string) types.String { return types.StringUnknown() })
	if !m.ID.IsUnknown() && known(m.Former) {
		m.Script = types.StringValue(d.Script())
	}
}

// keepComputed takes the computed attributes of the state, unless another release of the provider has another script.
func (m *customModelsModel) keepComputed(state customModelsModel) {
	if m.Script.Equal(state.Script) {
		m.ModelIDs, m.SettingsJSON, m.Env = state.ModelIDs, state.SettingsJSON, state.Env
	}
}

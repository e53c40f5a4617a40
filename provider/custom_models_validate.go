package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

// ValidateConfig checks what can be seen without knowing the deployment, value by value as far as they are known.
// Terraform asks again at apply, when all are. The schema has no validators of its own: the framework gives their
// diagnostics a path, and Terraform prints the source it leads to.
func (r *customModelsResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config customModelsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.setDefaults()
	catalog := config.Catalog.Attributes()
	source, _ := catalog["source"].(types.String)
	for _, s := range slices.Concat([]scalar{
		{name: "default_model", value: config.DefaultModel, check: droid.CheckName},
		{name: "delivery", value: config.Delivery, check: delivery.CheckKind},
		{name: "settings_path", value: config.SettingsPath, check: droid.CheckSettingsPath},
		{name: "managed_settings", value: config.Managed, check: droid.CheckManagedSettings, hidden: true},
		{name: "token_scope", value: config.TokenScope, check: run.CheckScope},
		{name: "token_lifetime", value: config.Lifetime, check: run.CheckLifetime},
		{name: "namespace", value: config.Namespace, check: droid.CheckSlug},
		{name: "catalog.source", value: source, check: run.CheckSource},
	},
		elements("catalog.include", catalog["include"], run.CheckGlob),
		elements("catalog.exclude", catalog["exclude"], run.CheckGlob),
		elements("former_namespaces", config.Former, droid.CheckSlug),
	) {
		s.report(&resp.Diagnostics)
	}
	config.checkModels(&resp.Diagnostics)
	config.checkCatalog(&resp.Diagnostics)
	config.checkDelivery(&resp.Diagnostics)
}

// setDefaults sets what a configuration does not have, and a plan has.
func (m *customModelsModel) setDefaults() {
	for value, text := range map[*types.String]string{
		&m.Namespace: defaultNamespace, &m.Delivery: delivery.Merge, &m.TokenScope: run.ScopeSession,
	} {
		if value.IsNull() {
			*value = types.StringValue(text)
		}
	}
}

func (m customModelsModel) checkModels(diags *diag.Diagnostics) {
	names, complete, problems := droid.CheckModels(m.values())
	report(diags, problems...)
	want := m.DefaultModel.ValueString()
	if want == "" || !complete || m.Models.IsUnknown() || !m.Catalog.IsNull() {
		return
	}
	if p := droid.CheckDefault(want, names); p != nil {
		report(diags, *p)
	}
}

func (m customModelsModel) checkCatalog(diags *diag.Diagnostics) {
	values := m.Catalog.Attributes()
	for _, attribute := range []string{"include", "exclude"} {
		list, _ := values[attribute].(types.List)
		if !list.IsNull() && !list.IsUnknown() && len(list.Elements()) == 0 {
			report(diags, droid.Problem{
				Summary:   "Empty List of Globs",
				Cause:     fmt.Sprintf("catalog.%s is an empty list, which could mean every model or none.", attribute),
				Remedy:    fmt.Sprintf("Name globs on model ids in it, such as %s = [\"gpt-5*\"], or remove it.", attribute),
				Attribute: "catalog",
			})
		}
	}
	if c := m.catalog(); c != nil && c.Source == run.FromUpstream && values["include"].IsNull() {
		report(diags, droid.Problem{
			Summary: "Catalog Without Include",
			Cause: "catalog takes all that the vendors list, models for images and embeddings too, because source is " +
				"\"upstream\" and include is not set.",
			Remedy:    "Set include beside it, such as include = [\"claude-*\", \"gpt-5*\"].",
			Attribute: "catalog",
		})
	}
}

// checkDelivery checks what depends on delivery, and on token_scope.
func (m customModelsModel) checkDelivery(diags *diag.Diagnostics) {
	refuse := func(wrong bool, attribute, summary, cause, remedy string) {
		if wrong {
			report(diags, droid.Problem{Summary: summary, Cause: cause, Remedy: remedy, Attribute: attribute})
		}
	}
	refuse(!m.Lifetime.IsNull() && !m.TokenScope.IsUnknown() && m.TokenScope.ValueString() != run.ScopeGateway,
		"token_lifetime", "Lifetime Without a Token",
		"token_lifetime is for a token that the provider makes, and Droid gets the session token.",
		fmt.Sprintf("Set token_scope = %q, or remove token_lifetime.", run.ScopeGateway))
	if m.Delivery.IsUnknown() {
		return
	}
	kind, path := m.Delivery.ValueString(), m.SettingsPath.ValueString()
	fileNeeded := func(set bool, attribute string) {
		refuse(set, attribute, "Managed File Needed",
			fmt.Sprintf("%s is for a managed file, and delivery is %q: Droid does not take such settings from a user's file.",
				attribute, kind),
			fmt.Sprintf("Set delivery to %q or %q, or remove %s.", delivery.Managed, delivery.System, attribute))
	}
	if kind == delivery.Merge {
		fileNeeded(!m.Managed.IsNull(), "managed_settings")
		fileNeeded(m.GatewayOnly.ValueBool(), "gateway_only")
	} else if err := m.managed().CheckTogether(!m.DefaultModel.IsNull()); err != nil {
		report(diags, droid.Invalid("managed_settings", err))
	}
	refuse(kind == delivery.System && !m.SettingsPath.IsNull(), "settings_path", "Settings Path Fixed",
		fmt.Sprintf("With delivery = %q the file is always %s.", delivery.System, droid.SystemSettingsPath),
		"Remove settings_path.")
	refuse(kind != delivery.System && path == droid.SystemSettingsPath, "settings_path",
		"System-Managed Settings File", fmt.Sprintf("%s is Droid's system-managed file, which only root can write.", path),
		fmt.Sprintf("Set delivery = %q and remove settings_path, or choose another file.", delivery.System))
	refuse(kind == delivery.Managed && path == droid.SettingsPath, "settings_path", "Settings File of the User",
		fmt.Sprintf("%s is the user's own file, and delivery = %q writes a whole file of its own.", path, kind),
		fmt.Sprintf("Remove settings_path, or set delivery = %q.", delivery.Merge))
	refuse(kind == delivery.Managed && strings.Contains(path, "$") && droid.CheckSettingsPath(path) == nil,
		"settings_path", "Variable in the Settings Path",
		fmt.Sprintf("settings_path is %s. A variable names the file to Droid, and Coder replaces a $ in its value.",
			droid.Quoted(path)), "Choose a path without a $.")
	for i, values := range m.values() {
		base, _ := values["base_url"].(string)
		refuse(base != "" && m.GatewayOnly.ValueBool(), "gateway_only", "Model Blocked by gateway_only",
			fmt.Sprintf("%s has a base_url, so it is not reached through the gateway, and gateway_only blocks it.",
				values.Place(i)),
			"Remove one of the two.")
	}
}

// warn tells of what is allowed, but may not be meant.
func (m customModelsModel) warn(diags *diag.Diagnostics) {
	if m.Catalog.IsNull() && !m.Models.IsUnknown() && len(m.Models.Elements()) == 0 {
		report(diags, droid.Problem{
			Summary: "No Models Set",
			Cause:   "There is neither a model block nor a catalog block. The next start removes the models of earlier starts.",
			Remedy:  "If that is not meant, add model blocks, or catalog {} to take the models that the deployment offers.",
			Warning: true,
		})
	}
	report(diags, droid.Warnings(m.values(), m.Delivery.ValueString() != delivery.Merge)...)
}

// warnOfNamespace warns of entries that nobody owns any more. before is empty for a new resource.
func (m customModelsModel) warnOfNamespace(before string, diags *diag.Diagnostics) {
	now := m.Namespace.ValueString()
	if m.Namespace.IsUnknown() || before == "" || before == now || slices.Contains(texts(m.Former), before) {
		return
	}
	report(diags, droid.Problem{
		Summary: "Former Namespace Not Named",
		Cause: fmt.Sprintf("The namespace was %q and is now %q. The entries %s… of earlier starts stay in each user's "+
			"settings file, with a token that no longer works.", before, now, droid.IDPrefix(before)),
		Remedy: fmt.Sprintf(
			"Add this line to the resource, and the next start removes them:\n\n  former_namespaces = [%q]", before),
		Attribute: "namespace",
		Warning:   true,
	})
}

// warnOfRemoval says what a resource leaves behind that is removed from the template.
func (m customModelsModel) warnOfRemoval(diags *diag.Diagnostics) {
	d := m.delivery()
	p := droid.Problem{
		Summary: "Models Stay in the Workspaces",
		Cause:   fmt.Sprintf("The resource goes, and %s stays as the last start wrote it.", d.Path()),
		Remedy:  fmt.Sprintf("To remove the file, add this line to the startup script:\n\n  rm -f %s", d.Path()),
		Warning: true,
	}
	if d.Kind == delivery.Merge {
		p.Cause = fmt.Sprintf("The resource goes, and its entries %s… stay in each user's %s, with a token that no longer "+
			"works.", droid.IDPrefix(d.Namespace), d.Path())
		p.Remedy = "To remove them, keep the resource without model and catalog blocks until each workspace has started once."
	}
	report(diags, p)
}

// warnOfDefault warns of a default model that the catalog may have had, and has no more. Without a catalog it was an
// error, and a catalog that added nothing has a message of its own.
func (m customModelsModel) warnOfDefault(ids []string, diags *diag.Diagnostics) {
	want, names := m.DefaultModel.ValueString(), make([]string, len(ids))
	for i, id := range ids {
		names[i] = strings.TrimPrefix(id, droid.IDPrefix(m.Namespace.ValueString()))
	}
	if p := droid.CheckDefault(want, names); p != nil && want != "" && len(ids) > len(m.Models.Elements()) {
		p.Warning = true
		report(diags, *p)
	}
}

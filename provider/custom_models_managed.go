package provider

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The ways to deliver the models: into the person's settings file, or into a managed one.
const (
	merge   = "merge"
	managed = "managed"
)

func checkDelivery(s string) error { return droid.OneOf(s, merge, managed) }

func deliveryAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "`\"merge\"` (the default) merges the models into the person's settings file, with the token. `\"managed\"` writes them into a " +
			"file of the resource's own, which Droid reads as its organisation's settings. Then the token is only in the workspace's environment, " +
			"and no file below HOME holds it, unless a model has a personal key. The person's models and default stay theirs. Needs Droid " +
			"0.215 or later, and no `/etc/factory/settings.json` in the workspace, because Droid then reads no other managed file; with " +
			"`settings_path = \"/etc/factory/settings.json\"` the models go there.",
		Optional: true,
		Computed: true,
		Default:  stringdefault.StaticString(merge),
	}
}

func managedSettingsAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "JSON object with further settings for the managed file, such as a policy or hooks, by Droid's names: " +
			"`jsonencode({ cloudSessionSync = false })`. It can't hold `customModels`. Needs `delivery = \"managed\"`. Defaults to none.",
		Optional: true,
	}
}

func gatewayOnlyAttribute() schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether Droid blocks every custom model that is not reached through the gateway. Needs `delivery = \"managed\"`. A person can " +
			"unset the variable that names the file, so only `/etc/factory/settings.json`, which root owns, holds against them. Defaults to `false`.",
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(false),
	}
}

// helped tells whether Droid gets the token by a helper: it does so from every file but the person's.
func (m customModelsModel) helped() bool {
	return m.Delivery.ValueString() == managed || droid.SystemManaged(m.SettingsPath.ValueString())
}

// managed are the settings that a managed file has beside the models.
func (m customModelsModel) managed() *droid.Managed {
	if m.Managed.ValueString() == "" && !m.GatewayOnly.ValueBool() {
		return nil
	}
	further := &droid.Managed{GatewayOnly: m.GatewayOnly.ValueBool()}
	_ = json.Unmarshal([]byte(m.Managed.ValueString()), &further.Settings) // what is no object was refused
	return further
}

// settingsPath is the configured one, or the usual one of the delivery.
func (m customModelsModel) settingsPath(configured types.String) types.String {
	switch {
	case !configured.IsNull():
		return configured
	case m.Delivery.ValueString() == merge:
		return types.StringValue(droid.SettingsPath)
	case m.Delivery.IsUnknown() || m.Namespace.IsUnknown():
		return types.StringUnknown()
	}
	return types.StringValue(droid.ManagedSettingsPath(m.Namespace.ValueString()))
}

// checkManaged refuses what goes together with neither delivery, as far as it is known. The configuration has no defaults yet.
func (m customModelsModel) checkManaged(diags *diag.Diagnostics) {
	if err := checkString(m.Managed, droid.CheckManagedSettings); err != nil {
		report(diags, about("managed_settings", m.Managed.ValueString(), droid.Invalid("managed_settings", err)))
		return
	}
	if m.Delivery.IsUnknown() || m.Managed.IsUnknown() || m.GatewayOnly.IsUnknown() {
		return
	}
	needs := func(attribute, value string) {
		report(diags, about(attribute, value, droid.Problem{
			Summary: "Managed File Needed",
			Cause:   fmt.Sprintf("%s is for a managed file, and delivery is %q: Droid does not take such settings from a person's own file.", attribute, merge),
			Remedy:  fmt.Sprintf("Set delivery = %q, or remove %s.", managed, attribute),
		}))
	}
	if m.Delivery.ValueString() != managed {
		if !m.Managed.IsNull() {
			needs("managed_settings", m.Managed.ValueString())
		}
		if m.GatewayOnly.ValueBool() {
			needs("gateway_only", "")
		}
		return
	}
	if err := m.managed().CheckTogether(!m.DefaultModel.IsNull()); err != nil {
		report(diags, about("managed_settings", m.Managed.ValueString(), droid.Invalid("managed_settings", err)))
	}
	path := m.SettingsPath.ValueString()
	if path == droid.SettingsPath || strings.Contains(path, "$") {
		report(diags, about("settings_path", path, droid.Problem{
			Summary: "Settings Path Not for a Managed File",
			Cause: fmt.Sprintf("settings_path is %s. With delivery = %q it is a file of the resource's own, which an environment variable names to Droid.",
				droid.Quoted(path), managed),
			Remedy: "Remove settings_path, or write another path without a $.",
		}))
	}
	if !m.LocalPath.IsNull() {
		report(diags, about("local_path", "", droid.Problem{
			Summary: "Invalid Attribute Combination",
			Cause:   fmt.Sprintf("local_path is a person's own file, and with delivery = %q the models have no token there.", managed),
			Remedy:  fmt.Sprintf("Use another resource with delivery = %q for local_path.", merge),
		}))
	}
	for i, values := range m.values() {
		if base, _ := values["base_url"].(string); base != "" && m.GatewayOnly.ValueBool() {
			report(diags, droid.Problem{
				Summary: "Model Blocked by gateway_only",
				Cause:   fmt.Sprintf("%s has a base_url, so it is not reached through the gateway, and gateway_only blocks it.", droid.Place(i)),
				Remedy:  "Remove one of the two.",
			})
		}
	}
}

// warnOfHeader notes that a personal key brings the token into the file all the same.
func (m customModelsModel) warnOfHeader(diags *diag.Diagnostics) {
	if !m.helped() {
		return
	}
	for i, values := range m.values() {
		if model := values.Model(); model.APIKey != "" && model.BaseURL == "" {
			report(diags, droid.Problem{
				Summary: "Token in the Managed File",
				Cause: fmt.Sprintf("%s has a personal key, so the token goes into a header, and Droid expands no variable there. The managed file holds "+
					"the token itself.", droid.Place(i)),
				Remedy:  "Remove api_key to keep the token out of the file, or set token_scope = \"gateway\" in the provider block to make it worth less.",
				Warning: true,
			})
			return
		}
	}
}

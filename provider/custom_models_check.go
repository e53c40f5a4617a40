package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// ValidateConfig checks what can be seen without knowing the deployment, value by value as far as they are known. Terraform asks
// again at apply, when all are. The schema has no validators of its own: the framework gives their diagnostics a path.
func (r *customModelsResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config customModelsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.check(&resp.Diagnostics)
	config.warnOfHeader(&resp.Diagnostics)
	for i, values := range config.values() {
		report(&resp.Diagnostics, values.Warnings(droid.Place(i))...)
	}
}

// check refuses what is wrong in the values that are known.
func (m customModelsModel) check(diags *diag.Diagnostics) {
	for _, scalar := range []struct {
		name  string
		value types.String
		check func(string) error
	}{
		{"default_model", m.DefaultModel, droid.CheckName},
		{"delivery", m.Delivery, checkDelivery},
		{"settings_path", m.SettingsPath, checkSettingsPath},
		{"namespace", m.Namespace, droid.CheckInstance},
		{"local_path", m.LocalPath, checkLocalPath},
	} {
		if err := checkString(scalar.value, scalar.check); err != nil {
			report(diags, about(scalar.name, scalar.value.ValueString(), droid.Invalid(scalar.name, err)))
		}
	}
	m.checkFormer(diags)
	m.checkCatalog(diags)
	m.checkManaged(diags)
	names, complete, problems := droid.CheckModels(m.values())
	report(diags, problems...)
	want := m.DefaultModel.ValueString()
	complete = complete && !m.Models.IsUnknown() && m.Catalog.IsNull()
	if _, found := names[want]; complete && !found && want != "" && droid.CheckName(want) == nil {
		report(diags, unknownDefault(want, "No model in the list is named %s.", "Use the name of one of the models, which is its model id unless name is set."))
	}
}

func unknownDefault(want, cause, remedy string) droid.Problem {
	return about("default_model", want, droid.Problem{
		Summary: "Unknown Default Model",
		Cause:   fmt.Sprintf(cause, droid.Quoted(want)),
		Remedy:  remedy,
	})
}

const defaultNamespace = "coder"

func (m customModelsModel) checkFormer(diags *diag.Diagnostics) {
	namespace := m.Namespace
	if namespace.IsNull() { // the configuration has no defaults yet
		namespace = types.StringValue(defaultNamespace)
	}
	for i, element := range m.Former.Elements() {
		at := fmt.Sprintf("former_namespaces[%d]", i)
		value, ok := element.(types.String)
		if !ok || value.IsUnknown() {
			continue
		}
		if err := droid.CheckInstance(value.ValueString()); err != nil {
			report(diags, droid.Invalid(at, err))
		} else if value.Equal(namespace) {
			report(diags, droid.Problem{
				Summary: "Namespace Both Former and Present",
				Cause:   fmt.Sprintf("%s is %s, which is the namespace that the resource has now.", at, droid.Quoted(value.ValueString())),
				Remedy:  "Name only namespaces that it had before.",
			})
		}
	}
}

// checkString applies a check to a value that is there.
func checkString(value types.String, check func(string) error) error {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	return check(value.ValueString())
}

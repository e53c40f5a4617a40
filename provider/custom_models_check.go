package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	for i, element := range config.Models.Elements() {
		modelOf(element).warn(place(i), &resp.Diagnostics)
	}
}

// place is an element of models as Terraform writes it. It stands in the text of every diagnostic about the element: the
// diagnostic has no path, because Terraform prints the source that a path leads to, and that may hold a key.
func place(i int) string { return fmt.Sprintf("models[%d]", i) }

// check refuses what is wrong in the values that are known.
func (m customModelsModel) check(diags *diag.Diagnostics) {
	for _, scalar := range []struct {
		name  string
		value types.String
		check func(string) error
	}{
		{"default_model", m.DefaultModel, droid.CheckName},
		{"settings_path", m.SettingsPath, checkSettingsPath},
		{"namespace", m.Namespace, droid.CheckInstance},
		{"local_path", m.LocalPath, checkLocalPath},
	} {
		if err := checkString(scalar.value, scalar.check); err != nil {
			addScalarError(diags, path.Root(scalar.name), scalar.value.ValueString(), invalidValue, scalar.name+" "+err.Error()+".")
		}
	}
	m.checkFormer(diags)
	names, complete := m.checkModels(diags)
	want := m.DefaultModel.ValueString()
	if _, found := names[want]; complete && !found && want != "" && droid.CheckName(want) == nil {
		addScalarError(diags, path.Root("default_model"), want, "Unknown Default Model",
			fmt.Sprintf("No model in the list is named %s.\n\nUse the name of one of the models, which is its model id unless name is set.",
				droid.Quoted(want)))
	}
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
			diags.AddError(invalidValue, at+" "+err.Error()+".")
		} else if value.Equal(namespace) {
			diags.AddError("Namespace Both Former and Present",
				fmt.Sprintf("%s is %s, which is the namespace that the resource has now.\n\nName only namespaces that it had before.", at, droid.Quoted(value.ValueString())))
		}
	}
}

// checkModels checks each model and returns where each name is first used. The names are complete if all are known.
func (m customModelsModel) checkModels(diags *diag.Diagnostics) (names map[string]int, complete bool) {
	names, complete = make(map[string]int), !m.Models.IsUnknown()
	for i, element := range m.Models.Elements() {
		if element.IsUnknown() || element.IsNull() { // the framework refuses null: a model has required attributes
			complete = false
			continue
		}
		model := modelOf(element)
		model.check(place(i), diags)
		name, known := model.effectiveName()
		if complete = complete && known; !known {
			continue
		}
		if first, taken := names[name]; taken {
			diags.AddError("Duplicate Model Name",
				fmt.Sprintf("%s and %s are both named %s. Droid would show only the first of them.\n\nGive one of them a name of its own.",
					place(first), place(i), droid.Quoted(name)))
			continue
		}
		names[name] = i
	}
	return names, complete
}

// effectiveName is the model's name, if it can be told yet.
func (m modelModel) effectiveName() (name string, known bool) {
	if !m.Name.IsNull() {
		return m.Name.ValueString(), !m.Name.IsUnknown()
	}
	return m.Model.ValueString(), !m.Model.IsUnknown()
}

// checkString applies a check to a value that is there.
func checkString(value types.String, check func(string) error) error {
	if !known(value) {
		return nil
	}
	return check(value.ValueString())
}

func known(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

// check checks the values of one model, each alone and then together.
func (m modelModel) check(at string, diags *diag.Diagnostics) {
	m.checkProvider(at, diags)
	for _, field := range []struct {
		name  string
		value types.String
		check func(string) error
	}{
		{"model", m.Model, droid.CheckText},
		{"name", m.Name, droid.CheckName},
		{"display_name", m.DisplayName, droid.CheckText},
		{"gateway_provider", m.GatewayProvider, droid.CheckInstance},
		{"api_key", m.APIKey, droid.CheckKey},
		{"base_url", m.BaseURL, droid.CheckURL},
		{"reasoning_effort", m.ReasoningEffort, droid.CheckEffort},
		{"extra_args", m.ExtraArgs, droid.CheckExtraArgs},
	} {
		if err := checkString(field.value, field.check); err != nil {
			diags.AddError(invalidValue, at+"."+field.name+" "+err.Error()+".")
		}
	}
	for _, field := range []struct {
		name  string
		value types.Int64
	}{
		{"max_output_tokens", m.MaxOutputTokens}, {"max_context_limit", m.MaxContextLimit}, {"thinking_max_tokens", m.ThinkingMaxTokens},
	} {
		if !known(field.value) {
			continue
		}
		if err := droid.CheckTokens(field.value.ValueInt64()); err != nil {
			diags.AddError(invalidValue, at+"."+field.name+" "+err.Error()+".")
		}
	}
	checkHeaders(at+".extra_headers", m.ExtraHeaders, diags)
	m.checkTogether(at, diags)
}

func (m modelModel) checkProvider(at string, diags *diag.Diagnostics) {
	if checkString(m.Provider, droid.CheckProvider) == nil {
		return
	}
	word := m.Provider.ValueString()
	advice := droid.ProviderAdvice(word)
	if m.BaseURL.ValueString() != "" {
		advice = "Write the protocol that the API at base_url speaks."
	}
	diags.AddError("Unknown Protocol",
		fmt.Sprintf("%s.provider is %s, which is no protocol. It names the protocol that Droid speaks: \"anthropic\" (Messages), "+
			"\"openai\" (Responses) or \"generic-chat-completion-api\" (Chat Completions). Droid drops every custom model when it meets "+
			"another word.\n\n%s", at, droid.Quoted(word), advice))
}

// checkHeaders shows no name that is wrong: it may be a value in the wrong place.
func checkHeaders(at string, headers types.Map, diags *diag.Diagnostics) {
	elements := headers.Elements()
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		if err := droid.CheckHeaderName(name); err != nil {
			diags.AddError(invalidValue, "A name in "+at+" "+err.Error()+".")
			continue
		}
		value, _ := elements[name].(types.String)
		err := checkString(value, droid.CheckHeaderValue)
		if value.IsNull() {
			err = errNull
		}
		if err != nil {
			diags.AddError(invalidValue, fmt.Sprintf("%s[%s] %s.", at, droid.Quoted(name), err))
		}
	}
}

// checkTogether checks what the values of one model say together.
func (m modelModel) checkTogether(at string, diags *diag.Diagnostics) {
	if m.Name.IsNull() && !m.Model.IsUnknown() && droid.CheckText(m.Model.ValueString()) == nil {
		if err := droid.CheckName(m.Model.ValueString()); err != nil {
			diags.AddError("Model Needs a Name",
				at+".model ends Droid's id of the model where name is not set, and then it "+err.Error()+".\n\nSet name beside it.")
		}
	}
	if known(m.GatewayProvider) && known(m.BaseURL) {
		diags.AddError("Invalid Attribute Combination",
			at+" has both gateway_provider and base_url. A model with base_url does not go through the AI Gateway.\n\nRemove one of the two.")
	}
	if base, provider := m.BaseURL.ValueString(), m.Provider.ValueString(); base != "" && droid.CheckProvider(provider) == nil && droid.CheckURL(base) == nil {
		if err := droid.CheckBaseURL(provider, base); err != nil {
			diags.AddError("Base URL Droid Would Not Reach", at+".base_url "+err.Error()+".")
		}
	}
}

// warn tells of what Droid would do otherwise than the template's author may think.
func (m modelModel) warn(at string, diags *diag.Diagnostics) {
	if base, provider := m.BaseURL.ValueString(), m.Provider.ValueString(); droid.CheckProvider(provider) == nil &&
		droid.CheckURL(base) == nil && droid.LacksVersion(provider, base) {
		diags.AddWarning("Base URL Without Version",
			fmt.Sprintf("%s.base_url has no version at its end. With provider %s, Droid appends only the name of the call, and most servers "+
				"expect /v1 before it.\n\nAppend /v1 unless this server is different.", at, provider))
	}
	thinking := droid.Model{
		Model:           m.Model.ValueString(),
		Provider:        m.Provider.ValueString(),
		MaxOutputTokens: m.MaxOutputTokens.ValueInt64Pointer(),
		EnableThinking:  m.EnableThinking.ValueBoolPointer(),
	}
	if !m.EnableThinking.IsUnknown() && !m.MaxOutputTokens.IsUnknown() && thinking.RaisesOutput() {
		diags.AddWarning("Output Limit Raised by Droid",
			fmt.Sprintf("%s.max_output_tokens is too low: while %s thinks, Droid raises a limit below %d tokens, for instance 8192 to 32000.\n\n"+
				"Set %d or more, or enable_thinking = false.", at, droid.Quoted(m.Model.ValueString()), droid.MinThinkingOutput, droid.MinThinkingOutput))
	}
}

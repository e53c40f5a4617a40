package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/build"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/settings"
)

type customModelsModel struct {
	ID           types.String `tfsdk:"id"`
	Models       types.List   `tfsdk:"models"`
	DefaultModel types.String `tfsdk:"default_model"`
	SettingsPath types.String `tfsdk:"settings_path"`
	Namespace    types.String `tfsdk:"namespace"`
	Former       types.List   `tfsdk:"former_namespaces"`
	LocalPath    types.String `tfsdk:"local_path"`
	SettingsJSON types.String `tfsdk:"settings_json"`
	Env          types.Map    `tfsdk:"env"`
	Script       types.String `tfsdk:"script"`
	SHA256       types.String `tfsdk:"sha256"`
}

type modelModel struct {
	Model             types.String
	Provider          types.String
	Name              types.String
	DisplayName       types.String
	GatewayProvider   types.String
	APIKey            types.String
	BaseURL           types.String
	MaxOutputTokens   types.Int64
	MaxContextLimit   types.Int64
	NoImageSupport    types.Bool
	EnableThinking    types.Bool
	ThinkingMaxTokens types.Int64
	ReasoningEffort   types.String
	ExtraHeaders      types.Map
	ExtraArgs         types.String
}

// modelOf takes a model out of an element of the list. Done by hand, as the framework's reflection compiles a regular expression
// for each field each time. What is null or unknown as a whole has no field set.
func modelOf(element attr.Value) modelModel {
	object, ok := element.(types.Object)
	if !ok {
		return modelModel{}
	}
	fields := object.Attributes()
	return modelModel{
		Model:             field[types.String](fields, "model"),
		Provider:          field[types.String](fields, "provider"),
		Name:              field[types.String](fields, "name"),
		DisplayName:       field[types.String](fields, "display_name"),
		GatewayProvider:   field[types.String](fields, "gateway_provider"),
		APIKey:            field[types.String](fields, "api_key"),
		BaseURL:           field[types.String](fields, "base_url"),
		MaxOutputTokens:   field[types.Int64](fields, "max_output_tokens"),
		MaxContextLimit:   field[types.Int64](fields, "max_context_limit"),
		NoImageSupport:    field[types.Bool](fields, "no_image_support"),
		EnableThinking:    field[types.Bool](fields, "enable_thinking"),
		ThinkingMaxTokens: field[types.Int64](fields, "thinking_max_tokens"),
		ReasoningEffort:   field[types.String](fields, "reasoning_effort"),
		ExtraHeaders:      field[types.Map](fields, "extra_headers"),
		ExtraArgs:         field[types.String](fields, "extra_args"),
	}
}

func field[T attr.Value](fields map[string]attr.Value, name string) T {
	value, _ := fields[name].(T)
	return value
}

// settings is what the resource wants, as plain values. Unknown values are taken as not set: the caller looks.
func (m customModelsModel) settings(ctx context.Context, diags *diag.Diagnostics) droid.Settings {
	s := droid.Settings{Namespace: m.Namespace.ValueString(), DefaultModel: m.DefaultModel.ValueString()}
	for _, element := range m.Models.Elements() {
		s.Models = append(s.Models, modelOf(element).droid(ctx, diags))
	}
	return s
}

func (m modelModel) droid(ctx context.Context, diags *diag.Diagnostics) droid.Model {
	out := droid.Model{
		Model:             m.Model.ValueString(),
		Provider:          m.Provider.ValueString(),
		Name:              m.Name.ValueString(),
		DisplayName:       m.DisplayName.ValueString(),
		GatewayProvider:   m.GatewayProvider.ValueString(),
		APIKey:            m.APIKey.ValueString(),
		BaseURL:           m.BaseURL.ValueString(),
		MaxOutputTokens:   m.MaxOutputTokens.ValueInt64Pointer(),
		MaxContextLimit:   m.MaxContextLimit.ValueInt64Pointer(),
		NoImageSupport:    m.NoImageSupport.ValueBoolPointer(),
		EnableThinking:    m.EnableThinking.ValueBoolPointer(),
		ThinkingMaxTokens: m.ThinkingMaxTokens.ValueInt64Pointer(),
		ReasoningEffort:   m.ReasoningEffort.ValueString(),
	}
	if !m.ExtraHeaders.IsNull() && !m.ExtraHeaders.IsUnknown() {
		diags.Append(m.ExtraHeaders.ElementsAs(ctx, &out.ExtraHeaders, false)...)
	}
	if args := m.ExtraArgs.ValueString(); args != "" {
		out.ExtraArgs = json.RawMessage(args)
	}
	return out
}

// put renders the settings for this build, merges them into the local file if there is one, and fills in what is
// computed. It returns what is remembered of the deployment for the next plan.
func (m *customModelsModel) put(ctx context.Context, b *build.Build, prior *customModelsModel, diags *diag.Diagnostics) []byte {
	want := m.settings(ctx, diags)
	if diags.HasError() {
		return nil
	}
	d, problems := b.Resolve(want)
	if report(diags, problems...); diags.HasError() {
		return nil
	}
	document, problems := b.Render(want, d)
	if report(diags, problems...); diags.HasError() {
		return nil
	}
	if m.ID.IsUnknown() {
		m.ID = types.StringValue(uuid.NewString())
	}
	m.compute(document, diags)
	m.updateLocal(prior, document, diags)
	return b.Remember(d)
}

// environmentLimit is what Linux allows one environment string, its name and its closing NUL included.
const environmentLimit = 128 * 1024

// checkSize has no path, because models may hold a key.
func checkSize(namespace string, document []byte, diags *diag.Diagnostics) {
	value := settings.Delivery{Resource: uuid.Nil.String()}.Value(document) // an id is always of the same length
	if size := len(settings.Variable(namespace)) + len("=") + len(value) + len("\x00"); size > environmentLimit {
		diags.AddError("Settings Too Large",
			fmt.Sprintf("The settings take %d bytes as an environment variable, and Linux allows %d.\n\n"+
				"Use fewer models, or less in extra_headers and extra_args.", size, environmentLimit))
	}
}

func (m *customModelsModel) compute(document []byte, diags *diag.Diagnostics) {
	sum := sha256.Sum256(document)
	checkSize(m.Namespace.ValueString(), document, diags)
	m.SettingsJSON = types.StringValue(string(document))
	m.Env = m.env(types.StringValue(m.delivery().Value(document)))
	m.SHA256 = types.StringValue(hex.EncodeToString(sum[:]))
	m.Script = m.script()
}

// env has its key as soon as the namespace is known, so that a for_each can go over it before its value is.
func (m *customModelsModel) env(value types.String) types.Map {
	if m.Namespace.IsUnknown() {
		return types.MapUnknown(types.StringType)
	}
	return types.MapValueMust(types.StringType, map[string]attr.Value{settings.Variable(m.Namespace.ValueString()): value})
}

func (m *customModelsModel) script() types.String {
	return types.StringValue(m.delivery().Script())
}

func (m *customModelsModel) delivery() settings.Delivery {
	return settings.Delivery{Owned: m.owned(), Resource: m.ID.ValueString(), SettingsPath: m.SettingsPath.ValueString()}
}

// owned says which entries of a settings file are the resource's.
func (m *customModelsModel) owned() settings.Owned {
	owned := settings.Owned{Namespace: m.Namespace.ValueString()}
	for _, element := range m.Former.Elements() {
		if s, ok := element.(types.String); ok {
			owned.Former = append(owned.Former, s.ValueString())
		}
	}
	return owned
}

// updateLocal merges the document into local_path, and takes the models out of where they were before.
func (m *customModelsModel) updateLocal(prior *customModelsModel, document []byte, diags *diag.Diagnostics) {
	moved := prior != nil && prior.LocalPath != m.LocalPath
	renamed := prior != nil && prior.Namespace != m.Namespace
	if renamed && !moved && !diags.HasError() { // first: the positions in the array change by it
		prior.withdraw(diags)
	}
	if m.LocalPath.ValueString() != "" && !diags.HasError() {
		m.updateFile(document, diags)
	}
	if moved && !diags.HasError() {
		prior.withdraw(diags)
	}
}

// withdraw takes the resource's models out of local_path.
func (m *customModelsModel) withdraw(diags *diag.Diagnostics) {
	if m.LocalPath.ValueString() == "" {
		return
	}
	document, err := droid.Settings{Namespace: m.Namespace.ValueString()}.Render(droid.Gateway{})
	if err != nil {
		addFileError(diags, m.LocalPath.ValueString(), err)
		return
	}
	m.updateFile(document, diags)
}

// wanted is what the resource wants to have in a settings file.
func (m *customModelsModel) wanted(document []byte) settings.Wanted {
	return settings.Wanted{Owned: m.owned(), Document: document}
}

func (m *customModelsModel) updateFile(document []byte, diags *diag.Diagnostics) {
	file, err := settings.Expand(m.LocalPath.ValueString())
	if err == nil {
		_, err = settings.Update(file, m.wanted(document))
	}
	if err != nil {
		addFileError(diags, file, err)
		return
	}
	override := filepath.Join(filepath.Dir(file), "settings.local.json")
	if text, err := settings.Load(override); err == nil && settings.HasModels(text) {
		diags.AddAttributeWarning(path.Root("local_path"), "Models Hidden by settings.local.json",
			fmt.Sprintf("%s has customModels of its own, and Droid reads those instead of the ones in %s.\n\n"+
				"Move its models into the latter, or take its customModels away.", override, file))
	}
}

// refresh looks whether the models in local_path are still as written.
func (m *customModelsModel) refresh(diags *diag.Diagnostics) {
	if m.LocalPath.ValueString() == "" {
		return
	}
	document := []byte(m.SettingsJSON.ValueString())
	file, err := settings.Expand(m.LocalPath.ValueString())
	if err != nil {
		addFileError(diags, file, err)
		return
	}
	text, err := settings.Load(file)
	if err != nil {
		addFileError(diags, file, err)
		return
	}
	sum := sha256.Sum256(document)
	merged, err := settings.Merge(text, m.wanted(document), droid.SystemManaged(file))
	if err != nil || string(merged) != string(text) { // a file that can't be used is refused at plan, with the place
		sum = sha256.Sum256(text)
	}
	m.SHA256 = types.StringValue(hex.EncodeToString(sum[:]))
}

func addFileError(diags *diag.Diagnostics, file string, err error) {
	var syntax *settings.SyntaxError
	if errors.As(err, &syntax) {
		diags.AddAttributeError(path.Root("local_path"), "Settings File Refused",
			fmt.Sprintf("%s is not a settings file that Droid can use, so nothing was written to it.\n\n"+
				"Correct it at line %d, column %d.\n\nError: %s:%s", file, syntax.Line, syntax.Column, file, syntax.Error()))
		return
	}
	diags.AddAttributeError(path.Root("local_path"), "Settings File Not Written",
		fmt.Sprintf("The models could not be merged into %s, which is as it was.\n\n"+
			"Check that its folder exists and that the user who runs Terraform may write there.\n\nError: %s", file, err))
}

package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

type customModelsModel struct {
	ID           types.String `tfsdk:"id"`
	Models       types.List   `tfsdk:"models"`
	Catalog      types.Object `tfsdk:"catalog"`
	DefaultModel types.String `tfsdk:"default_model"`
	Delivery     types.String `tfsdk:"delivery"`
	Managed      types.String `tfsdk:"managed_settings"`
	GatewayOnly  types.Bool   `tfsdk:"gateway_only"`
	SettingsPath types.String `tfsdk:"settings_path"`
	Namespace    types.String `tfsdk:"namespace"`
	Former       types.List   `tfsdk:"former_namespaces"`
	LocalPath    types.String `tfsdk:"local_path"`
	Names        types.List   `tfsdk:"names"`
	SettingsJSON types.String `tfsdk:"settings_json"`
	Env          types.Map    `tfsdk:"env"`
	Script       types.String `tfsdk:"script"`
	SHA256       types.String `tfsdk:"sha256"`
}

// values are the models as plain values, nil for one that is null or unknown as a whole.
func (m customModelsModel) values() []droid.Values {
	var out []droid.Values
	for _, element := range m.Models.Elements() {
		values, _ := plain(element).(map[string]any)
		out = append(out, values)
	}
	return out
}

// plain is a value without the framework around it, see [droid.Values]. Done by hand, as the framework's reflection compiles a
// regular expression for each field each time.
func plain(value attr.Value) any {
	switch {
	case value.IsUnknown():
		return droid.Unknown
	case value.IsNull():
		return nil
	}
	switch value := value.(type) {
	case types.String:
		return value.ValueString()
	case types.Int64:
		return value.ValueInt64()
	case types.Bool:
		return value.ValueBool()
	case types.Map:
		return plainly(value.Elements())
	case types.Object:
		return plainly(value.Attributes())
	}
	return nil
}

func plainly(values map[string]attr.Value) map[string]any {
	out := make(map[string]any, len(values))
	for name, value := range values {
		out[name] = plain(value)
	}
	return out
}

// wants is what the resource wants, as plain values. Unknown values are taken as not set: the caller looks.
func (m customModelsModel) wants() run.Wanted {
	w := run.Wanted{
		Settings: droid.Settings{Namespace: m.Namespace.ValueString(), DefaultModel: m.DefaultModel.ValueString(), Managed: m.managed()},
		Catalog:  m.catalog(),
		Fits:     delivery.Delivery{Owned: m.owned(), Resource: uuid.Nil.String()}.Fits, // an id is always of the same length
		Resource: m.ID.ValueString(),
	}
	if m.helped() {
		w.TokenVariable = delivery.TokenVariable(m.Namespace.ValueString())
	}
	for _, values := range m.values() {
		w.Models = append(w.Models, values.Model())
	}
	return w
}

// put renders the settings for this build, merges them into the local file if there is one, and fills in what is
// computed. It takes and returns what is remembered from one run to the next.
func (m *customModelsModel) put(b *run.Run, prior *customModelsModel, memory []byte, diags *diag.Diagnostics) []byte {
	if m.ID.IsUnknown() {
		m.ID = types.StringValue(uuid.NewString())
	}
	if m.SettingsPath.IsUnknown() {
		m.SettingsPath = m.settingsPath(types.StringNull())
	}
	result, problems := b.Apply(m.wants(), memory)
	if report(diags, problems...); diags.HasError() {
		return nil
	}
	m.warnOfDefault(result.Names, diags)
	checkSize(m.delivery(), result.Document, diags)
	m.compute(result)
	m.Script = m.script()
	m.updateLocal(prior, result, diags)
	return result.Memory
}

// checkSize has no path, because models may hold a key.
func checkSize(d delivery.Delivery, document []byte, diags *diag.Diagnostics) {
	if !d.Fits(document) {
		report(diags, droid.Problem{
			Summary: "Settings Too Large",
			Cause:   fmt.Sprintf("The settings have %d bytes, and do not fit into one environment variable of Linux.", len(document)),
			Remedy:  "Use fewer models, or less in extra_headers and extra_args.",
		})
	}
}

// compute fills in what follows from a result.
func (m *customModelsModel) compute(r run.Result) {
	sum := sha256.Sum256(r.Document)
	m.SettingsJSON = types.StringValue(string(r.Document))
	m.Env = m.env(types.StringValue, m.delivery().Environment(r.Document, r.Keep, r.Token))
	m.SHA256 = types.StringValue(hex.EncodeToString(sum[:]))
	m.Names = names(r.Names)
}

func names(list []string) types.List {
	elements := make([]attr.Value, len(list))
	for i, name := range list {
		elements[i] = types.StringValue(name)
	}
	return types.ListValueMust(types.StringType, elements)
}

// env makes a map of an environment, with each value as the function gives it.
func (m *customModelsModel) env(value func(string) types.String, environment map[string]string) types.Map {
	values := make(map[string]attr.Value)
	for name, text := range environment {
		values[name] = value(text)
	}
	return types.MapValueMust(types.StringType, values)
}

// unknownEnv has its keys as soon as they are known, so that a for_each can go over them before their values are.
func (m *customModelsModel) unknownEnv() types.Map {
	if m.Namespace.IsUnknown() || m.Delivery.IsUnknown() || m.SettingsPath.IsUnknown() {
		return types.MapUnknown(types.StringType)
	}
	return m.env(func(string) types.String { return types.StringUnknown() }, m.delivery().Environment(nil, false, ""))
}

func (m *customModelsModel) script() types.String {
	return types.StringValue(m.delivery().Script())
}

func (m *customModelsModel) delivery() delivery.Delivery {
	return delivery.Delivery{
		Owned:        m.owned(),
		Resource:     m.ID.ValueString(),
		SettingsPath: m.SettingsPath.ValueString(),
		Managed:      m.Delivery.ValueString() == managed && !droid.SystemManaged(m.SettingsPath.ValueString()),
	}
}

// owned says which entries of a settings file are the resource's.
func (m *customModelsModel) owned() delivery.Owned {
	owned := delivery.Owned{Namespace: m.Namespace.ValueString()}
	for _, element := range m.Former.Elements() {
		if s, ok := element.(types.String); ok {
			owned.Former = append(owned.Former, s.ValueString())
		}
	}
	return owned
}

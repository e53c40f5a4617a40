package provider

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

// wanted is what the resource wants, as plain values. An unknown value counts as not set: the caller looks.
func (m customModelsModel) wanted() run.Wanted {
	w := run.Wanted{
		Settings: droid.Settings{
			Namespace: m.Namespace.ValueString(), DefaultModel: m.DefaultModel.ValueString(), Managed: m.managed(),
		},
		Catalog:  m.catalog(),
		Scope:    m.TokenScope.ValueString(),
		Lifetime: run.DefaultLifetime,
		Delivery: m.delivery(),
	}
	if lifetime, err := time.ParseDuration(m.Lifetime.ValueString()); err == nil {
		w.Lifetime = lifetime
	}
	for _, values := range m.values() {
		w.Models = append(w.Models, values.Model())
	}
	return w
}

func (m customModelsModel) delivery() delivery.Delivery {
	d := delivery.Delivery{
		Kind:         m.Delivery.ValueString(),
		Namespace:    m.Namespace.ValueString(),
		Former:       texts(m.Former),
		Resource:     m.ID.ValueString(),
		SettingsPath: m.SettingsPath.ValueString(),
	}
	if m.ID.IsUnknown() {
		d.Resource = uuid.Nil.String() // for the size, which every id makes the same
	}
	return d
}

// managed are the settings that a managed file has beside the models.
func (m customModelsModel) managed() droid.Managed {
	managed := droid.Managed{GatewayOnly: m.GatewayOnly.ValueBool()}
	_ = json.Unmarshal([]byte(m.Managed.ValueString()), &managed.Settings) // validation refused what is not an object
	return managed
}

// catalog is the block as plain values, nil without one.
func (m customModelsModel) catalog() *run.Catalog {
	if m.Catalog.IsNull() || m.Catalog.IsUnknown() {
		return nil
	}
	values := m.Catalog.Attributes()
	source, _ := values["source"].(types.String)
	return &run.Catalog{
		Source:  cmp.Or(source.ValueString(), run.FromCoder),
		Include: texts(values["include"]),
		Exclude: texts(values["exclude"]),
	}
}

// values are the models as plain values, nil for one that is unknown as a whole.
func (m customModelsModel) values() []droid.Values {
	var out []droid.Values
	for _, element := range m.Models.Elements() {
		values, _ := plain(element).(map[string]any)
		out = append(out, values)
	}
	return out
}

// plain is a value without the framework around it, see [droid.Values]. It is done by hand, because the framework's
// reflection compiles a regular expression for each field each time.
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

// texts are the elements of a list that are there.
func texts(value attr.Value) (out []string) {
	list, _ := value.(types.List)
	for _, element := range list.Elements() {
		if s, ok := element.(types.String); ok && !s.IsUnknown() {
			out = append(out, s.ValueString())
		}
	}
	return out
}

// known tells whether a list is known with all that is in it.
func known(list types.List) bool {
	return !list.IsUnknown() && len(texts(list)) == len(list.Elements())
}

func listOf(texts []string) types.List {
	elements := make([]attr.Value, len(texts))
	for i, text := range texts {
		elements[i] = types.StringValue(text)
	}
	return types.ListValueMust(types.StringType, elements)
}

// mapOf makes a map of texts, with each value as the function gives it.
func mapOf(texts map[string]string, value func(string) types.String) types.Map {
	elements := make(map[string]attr.Value, len(texts))
	for name, text := range texts {
		elements[name] = value(text)
	}
	return types.MapValueMust(types.StringType, elements)
}

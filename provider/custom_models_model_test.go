package provider

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

var (
	moduleModels    = regexp.MustCompile(`(?s)variable "models" \{.*?list\(object\(\{\n(.*?)\n  \}\)\)`)
	moduleAttribute = regexp.MustCompile(`(?m)^    (\w+) += (.+)$`)
	modulePassed    = regexp.MustCompile(`(?m)^  (\w+) += var\.(\w+)\b`)
)

// An attribute of a model has three homes: the schema, a field of droid.Model, and the module's variable. A missing one fails here.
func TestModelAttributeHomes(t *testing.T) {
	t.Parallel()
	want := make(map[string]string) // as the module has to declare them
	for name, attribute := range modelAttributes() {
		want[name] = moduleType(t, attribute)
	}
	require.NotEmpty(t, want)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(want)), droid.Attributes(), "the fields of droid.Model")

	found := moduleModels.FindStringSubmatch(read(t, "../modules/droid/variables.tf"))
	require.NotNil(t, found)
	declared := make(map[string]string)
	for _, line := range moduleAttribute.FindAllStringSubmatch(found[1], -1) {
		declared[line[1]] = line[2]
	}
	assert.Equal(t, want, declared, "the variable models in modules/droid/variables.tf")
}

// moduleType is an attribute's type as a variable of a module declares it.
func moduleType(t *testing.T, attribute schema.Attribute) string {
	t.Helper()
	name, known := map[string]string{
		types.StringType.String():                           "string",
		types.Int64Type.String():                            "number",
		types.BoolType.String():                             "bool",
		types.MapType{ElemType: types.StringType}.String():  "map(string)",
		types.ListType{ElemType: types.StringType}.String(): "list(string)",
	}[attribute.GetType().String()]
	require.True(t, known, attribute.GetType())
	if attribute.IsOptional() {
		return "optional(" + name + ")"
	}
	return name
}

// Each attribute reaches the field that has its name.
func TestModelAttributesAreDecoded(t *testing.T) {
	t.Parallel()
	for name, attribute := range modelAttributes() {
		var value attr.Value
		switch attribute.GetType() {
		case types.StringType:
			value = types.StringValue("x")
		case types.Int64Type:
			value = types.Int64Value(7)
		case types.BoolType:
			value = types.BoolValue(true)
		default:
			value = types.MapValueMust(types.StringType, map[string]attr.Value{"X-A": types.StringValue("b")})
		}
		values := func(value attr.Value) droid.Values {
			kinds := map[string]attr.Type{name: attribute.GetType()}
			return plain(types.ObjectValueMust(kinds, map[string]attr.Value{name: value})).(map[string]any)
		}
		assert.NotEqual(t, droid.Model{}, values(value).Model(), name)

		null := absent(t, attribute.GetType(), nil)
		assert.Equal(t, droid.Values{name: nil}, values(null), "null")
		later := absent(t, attribute.GetType(), tftypes.UnknownValue)
		assert.Equal(t, droid.Values{name: droid.Unknown}, values(later), "unknown")
		assert.Equal(t, droid.Model{}, values(later).Model(), name)
	}
}

// absent is a value of a type that is null or unknown.
func absent(t *testing.T, kind attr.Type, how any) attr.Value {
	t.Helper()
	value, err := kind.ValueFromTerraform(context.Background(), tftypes.NewValue(kind.TerraformType(context.Background()), how))
	require.NoError(t, err)
	return value
}

// The module passes on each attribute of the resource that a template can set, with the resource's default. local_path is a file on
// the machine that runs Terraform, which is no business of a workspace.
func TestResourceAttributesInModule(t *testing.T) {
	t.Parallel()
	passed := make(map[string]string)
	for _, line := range modulePassed.FindAllStringSubmatch(read(t, "../modules/droid/main.tf"), -1) {
		passed[line[1]] = line[2]
	}
	variables := read(t, "../modules/droid/variables.tf")
	for name, attribute := range resourceAttributes() {
		if !attribute.IsOptional() && !attribute.IsRequired() || name == "local_path" {
			continue
		}
		assert.Equal(t, name, passed[name], "modules/droid/main.tf")
		block := regexp.MustCompile(`(?ms)^variable "` + name + `" \{.*?^\}`).FindString(variables)
		if !assert.NotEmpty(t, block, "the variable %s in modules/droid/variables.tf", name) {
			continue
		}
		if text, ok := attribute.(schema.StringAttribute); ok && text.Default != nil {
			var resp defaults.StringResponse
			text.Default.DefaultString(context.Background(), defaults.StringRequest{}, &resp)
			assert.Regexp(t, `(?m)^  default +=  *"`+regexp.QuoteMeta(resp.PlanValue.ValueString())+`"$`, block)
		}
	}
}

func resourceAttributes() map[string]schema.Attribute {
	var resp resource.SchemaResponse
	newCustomModelsResource().Schema(context.Background(), resource.SchemaRequest{}, &resp)
	return resp.Schema.Attributes
}

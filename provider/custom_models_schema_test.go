package provider

import (
	"context"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// An attribute of a model has three homes: the schema, a field of droid.Model, and the module, which names it in a
// block and in the list of names that its variable takes. A missing one fails here, and so does one of the catalog.
func TestAttributeHomes(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(maps.Keys(modelAttributes()))
	var fields []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[droid.Model]()) {
		if attribute := field.Tag.Get("attribute"); attribute != "" {
			fields = append(fields, attribute)
		}
	}
	assert.ElementsMatch(t, want, fields, "the fields of droid.Model")
	main, variables := read(t, "../modules/droid/main.tf"), read(t, "../modules/droid/variables.tf")
	for block, want := range map[string][]string{
		"model": want, "catalog": slices.Sorted(maps.Keys(catalogAttributes())),
	} {
		passed := regexp.MustCompile(`(?m)^ +(\w+) += (?:try\()?`+block+`\.value\.(\w+)`).FindAllStringSubmatch(main, -1)
		var names []string
		for _, line := range passed {
			assert.Equal(t, line[1], line[2])
			names = append(names, line[1])
		}
		assert.ElementsMatch(t, want, names, "modules/droid/main.tf")
		variable := regexp.MustCompile(`(?ms)^variable "` + block + `s?" \{.*?^\}`).FindString(variables)
		lists := regexp.MustCompile(`(?s)setsubtract\(keys\([\w.]+\), \[(.*?)\]`).FindAllStringSubmatch(variable, -1)
		require.Len(t, lists, 2, "the condition and the message of %s in modules/droid/variables.tf", block)
		for _, list := range lists {
			assert.ElementsMatch(t, want, regexp.MustCompile(`\w+`).FindAllString(list[1], -1), "modules/droid/variables.tf")
		}
	}
}

// The module passes on each attribute of the resource that a template can set, with the resource's default.
func TestResourceAttributesInModule(t *testing.T) {
	t.Parallel()
	passed := make(map[string]string)
	line := regexp.MustCompile(`(?m)^  (\w+) += var\.(\w+)\b`)
	for _, line := range line.FindAllStringSubmatch(read(t, "../modules/droid/main.tf"), -1) {
		passed[line[1]] = line[2]
	}
	variables := read(t, "../modules/droid/variables.tf")
	for name, attribute := range resourceAttributes() {
		if !attribute.IsOptional() {
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

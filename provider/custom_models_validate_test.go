package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// Terraform refuses a misspelt word in each kind of block, and says which one was meant.
func TestTypos(t *testing.T) {
	t.Parallel()
	c := newCLI(t, "")
	head := read(t, c.dir, "main.tf")
	for typo, config := range map[string]string{
		`argument named "verfication" is not expected here. Did you mean "verification"`: `
provider "factory" {
  verfication = "skip"
}
` + oneModel,
		`argument named "delivry" is not expected here. Did you mean "delivery"`: one("droid", "m", "openai",
			`delivry = "managed"`),
		`argument named "extra_header" is not expected here. Did you mean "extra_headers"`: strings.Replace(oneModel,
			"model {", "model {\nextra_header = {}", 1),
		`argument named "includes" is not expected here. Did you mean "include"`: strings.Replace(catalogOnly,
			"{}", "{\nincludes = []\n}", 1),
		`Blocks of type "catalogue" are not expected here.`: strings.Replace(catalogOnly, "catalog", "catalogue", 1),
	} {
		write(t, filepath.Join(c.dir, "main.tf"), head+config)
		out, err := c.try(codertest.Environ{}, "plan", "-no-color")
		require.Error(t, err, typo)
		assert.Regexp(t, saying(typo), out)
	}
}

const good = `{"model":"m","provider":"openai"}`

// A bad value of the resource is refused at plan. The message has the path of an attribute that is short and not
// secret.
func TestRefused(t *testing.T) {
	t.Parallel()
	p := newInProcess(t, codertest.Environ{})
	long := strings.Repeat("A", 70000)
	for _, c := range []struct{ path, config, want string }{
		{"default_model", `"model":[` + good + `],"default_model":"other"`, `The names are "m".`},
		{"", `"model":[` + good + `],"default_model":"` + long + `"`, "no model has that name"},
		{"namespace", `"namespace":"A b"`, "namespace must be lower-case letters and digits"},
		{"former_namespaces", `"former_namespaces":["old","No Namespace"]`,
			"former_namespaces[1] must be lower-case letters"},
		{"former_namespaces", `"former_namespaces":[null]`, "former_namespaces[0] must not be null."},
		{"former_namespaces", `"former_namespaces":["coder"]`, `former_namespaces[0] must not be "coder"`},
		{"settings_path", `"settings_path":"settings.json"`, "settings_path must be a file's path that begins with / or ~/"},
		{"", `"settings_path":"/` + long + `"`, "settings_path must be at most 4096 bytes long."},
		{"settings_path", `"settings_path":"/etc/factory/settings.json"`, `Set delivery = "system" and remove settings_path`},
		{"settings_path", `"delivery":"system","settings_path":"/x"`, "the file is always /etc/factory/settings.json."},
		{"settings_path", `"delivery":"managed","settings_path":"~/.factory/settings.json"`, "is the user's own file"},
		{"settings_path", `"delivery":"managed","settings_path":"/x/$HOME"`, "Choose a path without a $."},
		{"delivery", `"delivery":"both"`, `delivery must be "merge", "managed" or "system".`},
		{"gateway_only", `"gateway_only":true`, "gateway_only is for a managed file"},
		{"managed_settings", `"managed_settings":"{}"`, "managed_settings is for a managed file"},
		{"managed_settings", `"delivery":"managed","managed_settings":"[]"`, "managed_settings must be a JSON object"},
		{
			"managed_settings", `"model":[` + good + `],"delivery":"managed","default_model":"m",` +
				`"managed_settings":"{\"sessionDefaultSettings\":{\"model\":\"x\"}}"`, "because default_model is set",
		},
		{
			"gateway_only", `"delivery":"system","gateway_only":true,` +
				`"model":[{"model":"m","provider":"openai","base_url":"https://o/v1"}]`, `model[0] ("m") has a base_url`,
		},
		{"token_scope", `"token_scope":"all"`, `token_scope must be "session" or "gateway".`},
		{"token_lifetime", `"token_scope":"gateway","token_lifetime":"7 days"`, "token_lifetime must be a duration"},
		{"token_lifetime", `"token_lifetime":"24h"`, `Set token_scope = "gateway", or remove token_lifetime.`},
		{"catalog", `"catalog":{"source":"vendor"}`, `catalog.source must be "coder" or "upstream".`},
		{"catalog", `"catalog":{"source":"upstream"}`, "Set include beside it"},
		{"catalog", `"catalog":{"include":[]}`, "catalog.include is an empty list"},
		{"catalog", `"catalog":{"exclude":[]}`, "catalog.exclude is an empty list"},
		{"catalog", `"catalog":{"exclude":["a",""]}`, "catalog.exclude[1] must be a glob"},
		{"catalog", `"catalog":{"include":[null]}`, "catalog.include[0] must not be null."},
	} {
		got := p.refusals(t, "{"+c.config+"}")
		if !assert.Len(t, got, 1, c.config[:min(len(c.config), 100)]) {
			continue
		}
		assert.Contains(t, got[0].Detail, c.want)
		assert.Less(t, len(got[0].Detail), 2000)
		if c.path == "" {
			assert.Nil(t, got[0].Attribute, c.want)
		} else {
			assert.Equal(t, tftypes.NewAttributePath().WithAttributeName(c.path), got[0].Attribute, c.want)
		}
	}
	fine := `{"model":[` + good + `],"catalog":{},"default_model":"x","delivery":"system","gateway_only":true}`
	assert.Empty(t, p.refusals(t, fine))
}

// A message about a model says which one, in Terraform's words, and has no path: Terraform prints the source that a
// path leads to, and that may hold a key.
func TestModelMessages(t *testing.T) {
	t.Parallel()
	p := newInProcess(t, codertest.Environ{})
	first := `{"model":"good","provider":"openai","api_key":"sk-literal"}`
	for _, c := range []struct{ model, detail string }{
		{`"model":"m","provider":"openai","api_key":"sk-literal\n"`, `model[1] ("m"): api_key must be printable ASCII`},
		{
			`"model":"m","provider":"openai","extra_headers":{"sk-literal key":"x"}`,
			`model[1] ("m"): A name in extra_headers must be an HTTP header's name`,
		},
		{
			`"model":"m","provider":"openai","extra_headers":{"X-A":"sk-literal\r\n"}`,
			`model[1] ("m"): extra_headers["X-A"] must be printable ASCII`,
		},
		{`"model":"m","provider":"openai","extra_args":"sk-literal"`, `model[1] ("m"): extra_args must be a JSON object`},
		{
			`"model":"` + strings.Repeat("é", 70000) + `","provider":"openai","name":"good"`,
			`model[0] ("good") and model[1] ("good") have the same name.`,
		},
		{`"model":"m","provider":"` + strings.Repeat("x", 70000) + `"`, `model[1] ("m"): provider is "xxx`},
	} {
		got := p.refusals(t, `{"model":[`+first+`,{`+c.model+`}]}`)
		require.Len(t, got, 1, c.detail)
		assert.Contains(t, got[0].Detail, c.detail)
		assert.Nil(t, got[0].Attribute, "a path")
		assert.NotContains(t, got[0].Detail, "sk-literal")
		assert.Less(t, len(got[0].Detail), 2000)
	}
}

// What is allowed but may not be meant is said once in a plan.
func TestWarnings(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	keyed := `{"model":"m","provider":"openai","api_key":"${KEY}"}`
	for _, c := range []struct{ config, summary, cause string }{
		{`{}`, "No Models Set", "The next start removes the models of earlier starts."},
		{`{"delivery":"managed","model":[` + keyed + `]}`, "Token in the Managed File", `model[0] ("m"): api_key`},
		{`{"delivery":"system","model":[` + keyed + `]}`, "Token in the Managed File", `model[0] ("m"): api_key`},
		{`{"model":[` + keyed + `]}`, "", ""},
		{`{"catalog":{}}`, "", ""},
	} {
		_, diags := newInProcess(t, s.WorkspaceStart()).plan(t, "{}", c.config)
		if c.summary == "" {
			assert.Empty(t, said(diags))
		} else if assert.Len(t, diags, 1, said(diags)) {
			assert.Equal(t, c.summary, diags[0].Summary)
			assert.Contains(t, diags[0].Detail, c.cause)
			assert.False(t, failed(diags))
		}
	}
	assert.Empty(t, s.Requests(), "calls")
}

// A value that is known only at apply is checked there, before anything is written.
func TestCheckedAtApply(t *testing.T) {
	t.Parallel()
	needs(t, "v1.4.0", "terraform_data")
	s := codertest.New(t)
	config := `resource "terraform_data" "later" { input = "A b" }` + "\n"
	rows := []struct{ lines, want string }{
		{"model {\n model = \"m\"\n provider = LATER\n }", `model[0] ("m"): provider is "A b".`},
		{"namespace = LATER", "namespace must be lower-case letters and digits"},
		{"dynamic \"model\" {\n for_each = [LATER]\n content {\n model = model.value\n provider = \"openai\"\n }\n }",
			"Model Needs a Name"},
	}
	for i, row := range rows {
		config += fmt.Sprintf("resource \"factory_custom_models\" \"r%d\" {\n%s\n}\n", i, row.lines)
	}
	c := newCLI(t, strings.ReplaceAll(config, "LATER", "terraform_data.later.output"))
	assert.Contains(t, c.run(t, s.WorkspaceStart(), "plan", "-no-color"), fmt.Sprintf("Plan: %d to add", len(rows)+1))
	out, err := c.try(s.WorkspaceStart(), "apply", "-auto-approve", "-no-color")
	require.Error(t, err)
	for _, row := range rows {
		assert.Regexp(t, saying(row.want), out)
	}
	assert.Empty(t, s.Requests(), "calls")
}

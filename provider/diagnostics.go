package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// report makes diagnostics of plain problems.
func report(diags *diag.Diagnostics, problems ...droid.Problem) {
	for _, p := range problems {
		d := diag.Diagnostic(diag.NewErrorDiagnostic(p.Summary, p.Detail()))
		if p.Warning {
			d = diag.NewWarningDiagnostic(p.Summary, p.Detail())
		}
		if p.Attribute != "" {
			d = diag.WithPath(path.Root(p.Attribute), d)
		}
		diags.Append(d)
	}
}

// scalar is an attribute, or an element of one, with the check of its value.
type scalar struct {
	name  string // such as catalog.include[0]
	value types.String
	check func(string) error
	// hidden is set for a value that may hold a secret or be long, and that counts as not set when it is empty. Terraform
	// prints the source that a diagnostic's path leads to, so these have none.
	hidden bool
	// element is set for a value that must not be null.
	element bool
}

// elements are those of a list of texts.
func elements(name string, value attr.Value, check func(string) error) (out []scalar) {
	list, _ := value.(types.List)
	for i, element := range list.Elements() {
		text, _ := element.(types.String)
		out = append(out, scalar{name: fmt.Sprintf("%s[%d]", name, i), value: text, check: check, element: true})
	}
	return out
}

func (s scalar) report(diags *diag.Diagnostics) {
	value, err := s.value.ValueString(), droid.ErrNull
	switch {
	case s.value.IsUnknown(), s.value.IsNull() && !s.element, s.hidden && value == "":
		return
	case !s.value.IsNull():
		err = s.check(value)
	}
	if err == nil {
		return
	}
	p := droid.Invalid(s.name, err)
	if !s.hidden {
		p.Attribute = strings.FieldsFunc(s.name, func(r rune) bool { return r == '.' || r == '[' })[0]
	}
	report(diags, p)
}

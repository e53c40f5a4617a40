package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// report makes diagnostics of plain problems.
func report(diags *diag.Diagnostics, problems ...droid.Problem) {
	for _, p := range problems {
		switch {
		case p.Attribute != "" && p.Warning:
			diags.AddAttributeWarning(path.Root(p.Attribute), p.Summary, p.Detail())
		case p.Attribute != "":
			diags.AddAttributeError(path.Root(p.Attribute), p.Summary, p.Detail())
		case p.Warning:
			diags.AddWarning(p.Summary, p.Detail())
		default:
			diags.AddError(p.Summary, p.Detail())
		}
	}
}

// about attaches a problem to an attribute that holds no secret. A long value goes without: Terraform would print it,
// and Coder stops reading at a line of 64 KiB.
func about(attribute, value string, p droid.Problem) droid.Problem {
	const short = 1000
	if len(value) <= short {
		p.Attribute = attribute
	}
	return p
}

// scalar is an attribute with the check of its value.
type scalar struct {
	name  string
	value types.String
	check func(string) error
	// hidden is set for a value that may hold a secret, and that counts as not set when it is empty. Terraform prints the
	// source that a diagnostic's path leads to, so these have none.
	hidden bool
}

func (s scalar) problems() []droid.Problem {
	value := s.value.ValueString()
	if s.value.IsNull() || s.value.IsUnknown() || s.hidden && value == "" {
		return nil
	}
	err := s.check(value)
	switch {
	case err == nil:
		return nil
	case s.hidden:
		return []droid.Problem{droid.Invalid(s.name, err)}
	}
	return []droid.Problem{about(s.name, value, droid.Invalid(s.name, err))}
}

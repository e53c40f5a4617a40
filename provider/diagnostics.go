package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

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

// about attaches a problem to an attribute that holds no secret. A long value goes without: Terraform would print it, and Coder stops
// reading at a line of 64 KiB.
func about(attribute, value string, p droid.Problem) droid.Problem {
	const short = 1000
	if len(value) <= short {
		p.Attribute = attribute
	}
	return p
}

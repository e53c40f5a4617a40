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

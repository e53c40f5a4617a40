package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// checked makes a validator of a pure check, whose errors say what the value "must".
func checked(description string, check func(string) error) validator.String {
	return checkedString{description: description, check: check}
}

// checkedSecret is for values that are not to be shown. Terraform prints the line of the configuration that a diagnostic's path
// leads to, so that the path goes into the text instead.
func checkedSecret(description string, check func(string) error) validator.String {
	return checkedString{description: description, check: check, secret: true}
}

type checkedString struct {
	description string
	check       func(string) error
	secret      bool
}

func (v checkedString) Description(context.Context) string         { return v.description }
func (v checkedString) MarkdownDescription(context.Context) string { return v.description }

func (v checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	err := v.check(req.ConfigValue.ValueString())
	switch {
	case err != nil && v.secret:
		resp.Diagnostics.AddError("Invalid Attribute Value", "The value of "+req.Path.String()+" "+err.Error()+".")
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", "The value "+err.Error()+".")
	}
}

// optional accepts an empty string, for attributes in which it counts as not set.
func optional(check func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		return check(s)
	}
}

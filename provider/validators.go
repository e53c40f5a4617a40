package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// checked makes a validator of a pure check, whose errors say what the value "must". Values that may be secret are
// not repeated.
func checked(description string, check func(string) error) validator.String {
	return checkedString{description, check}
}

type checkedString struct {
	description string
	check       func(string) error
}

func (v checkedString) Description(context.Context) string         { return v.description }
func (v checkedString) MarkdownDescription(context.Context) string { return v.description }

func (v checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
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

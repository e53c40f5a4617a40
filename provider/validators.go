package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// checked makes a validator of a pure check, whose errors say what the value "must".
func checked(description string, check func(string) error) validator.String {
	return checkedString{description: description, check: check}
}

// checkedSecret is for values that are not to be shown, and for addresses, which may hold a password. Terraform prints the
// source that a diagnostic's path leads to, so the diagnostic has no path.
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
	value := req.ConfigValue.ValueString()
	if err := v.check(value); err != nil {
		p := droid.Invalid(req.Path.String(), err)
		if !v.secret {
			p = about(req.Path.String(), value, p)
		}
		report(&resp.Diagnostics, p)
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

// longestPath is what Linux takes for a path, without its closing NUL.
const longestPath = 4096

func checkSettingsPath(s string) error {
	switch {
	case len(s) > longestPath:
		return fmt.Errorf("must be at most %d bytes long", longestPath)
	case strings.ContainsRune(s, 0):
		return errors.New("must not hold a NUL")
	case !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "~/"), strings.HasSuffix(s, "/"):
		return errors.New("must be a file's path that begins with / or ~/")
	}
	return nil
}

func checkLocalPath(s string) error {
	switch {
	case len(s) > longestPath:
		return fmt.Errorf("must be at most %d bytes long", longestPath)
	case s == "" || strings.ContainsRune(s, 0) || strings.HasSuffix(s, "/"):
		return errors.New("must be the path of a file")
	}
	return nil
}

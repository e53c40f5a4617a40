// Package provider stands in for the one of Coder's own Terraform provider in our binary. Coder's SDK checks the parameters of
// a workspace with it; we set none, and the real one brings the older plugin SDK, which is set up at each start of the process.
package provider

import "errors"

// OptionTypeListString is the type of a parameter with several values.
const OptionTypeListString = "list(string)"

// ParameterFormType is how a dashboard asks for a parameter.
type ParameterFormType string

// The form types that Coder's packages name.
const (
	ParameterFormTypeDefault     ParameterFormType = ""
	ParameterFormTypeRadio       ParameterFormType = "radio"
	ParameterFormTypeSlider      ParameterFormType = "slider"
	ParameterFormTypeInput       ParameterFormType = "input"
	ParameterFormTypeDropdown    ParameterFormType = "dropdown"
	ParameterFormTypeCheckbox    ParameterFormType = "checkbox"
	ParameterFormTypeSwitch      ParameterFormType = "switch"
	ParameterFormTypeMultiSelect ParameterFormType = "multi-select"
	ParameterFormTypeTagSelect   ParameterFormType = "tag-select"
	ParameterFormTypeTextArea    ParameterFormType = "textarea"
	ParameterFormTypeError       ParameterFormType = "error"
)

// Validation is what Coder's SDK fills in.
type Validation struct {
	Min, Max                 int
	MinDisabled, MaxDisabled bool
	Monotonic, Regex, Error  string
}

// Valid refuses every value, as it can't tell.
func (*Validation) Valid(string, string, *string) error {
	return errors.New("parameters are not checked in this binary")
}

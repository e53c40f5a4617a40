package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

// updateLocal merges the document into local_path, and takes the models out of where they were before.
func (m *customModelsModel) updateLocal(prior *customModelsModel, r run.Result, diags *diag.Diagnostics) {
	moved := prior != nil && prior.LocalPath != m.LocalPath
	renamed := prior != nil && prior.Namespace != m.Namespace
	if renamed && !moved && !diags.HasError() { // first: the positions in the array change by it
		prior.withdraw(diags)
	}
	if m.LocalPath.ValueString() != "" && !diags.HasError() {
		m.updateFile(m.wanted(r), diags)
	}
	if moved && !diags.HasError() {
		prior.withdraw(diags)
	}
}

// withdraw takes the resource's models out of local_path.
func (m *customModelsModel) withdraw(diags *diag.Diagnostics) {
	if m.LocalPath.ValueString() != "" {
		m.updateFile(m.wanted(run.Result{Document: []byte(droid.NoModels)}), diags)
	}
}

// wanted is what the resource wants to have in a settings file.
func (m *customModelsModel) wanted(r run.Result) delivery.Wanted {
	return delivery.Wanted{Owned: m.owned(), Document: r.Document, Keep: r.Keep}
}

func (m *customModelsModel) updateFile(wanted delivery.Wanted, diags *diag.Diagnostics) {
	file, err := delivery.Expand(m.LocalPath.ValueString())
	if err == nil {
		_, err = delivery.Update(file, wanted)
	}
	if err != nil {
		report(diags, unusable(file, err))
		return
	}
	override := filepath.Join(filepath.Dir(file), "settings.local.json")
	if text, err := delivery.Load(override); err == nil && delivery.HasModels(text) {
		report(diags, droid.Problem{
			Summary:   "Models Hidden by settings.local.json",
			Cause:     fmt.Sprintf("%s has customModels of its own, and Droid reads those instead of the ones in %s.", override, file),
			Remedy:    "Move its models into the latter, or take its customModels away.",
			Attribute: "local_path",
			Warning:   true,
		})
	}
}

// refresh looks whether the models in local_path are still as written.
func (m *customModelsModel) refresh(diags *diag.Diagnostics) {
	if m.LocalPath.ValueString() == "" {
		return
	}
	before := run.Result{Document: []byte(m.SettingsJSON.ValueString())}
	file, err := delivery.Expand(m.LocalPath.ValueString())
	if err != nil {
		report(diags, unusable(file, err))
		return
	}
	text, err := delivery.Load(file)
	if err != nil {
		report(diags, unusable(file, err))
		return
	}
	sum := sha256.Sum256(before.Document)
	merged, err := delivery.Merge(text, m.wanted(before), droid.SystemManaged(file))
	if err != nil || string(merged) != string(text) { // a file that can't be used is refused at plan, with the place
		sum = sha256.Sum256(text)
	}
	m.SHA256 = types.StringValue(hex.EncodeToString(sum[:]))
}

// checkLocal finds a local file that apply would refuse.
func (m customModelsModel) checkLocal(r run.Result, diags *diag.Diagnostics) {
	if m.LocalPath.ValueString() == "" {
		return
	}
	file, err := delivery.Expand(m.LocalPath.ValueString())
	if err != nil {
		report(diags, unusable(file, err))
		return
	}
	text, err := delivery.Load(file)
	if err == nil {
		_, err = delivery.Merge(text, m.wanted(r), droid.SystemManaged(file))
	}
	if err != nil {
		report(diags, unusable(file, err))
	}
}

// unusable is what is wrong with the file at local_path.
func unusable(file string, err error) droid.Problem {
	var syntax *delivery.SyntaxError
	if errors.As(err, &syntax) {
		return droid.Problem{
			Summary:   "Settings File Refused",
			Cause:     fmt.Sprintf("%s is not a settings file that Droid can use, so nothing was written to it.", file),
			Remedy:    fmt.Sprintf("Correct it at line %d, column %d.", syntax.Line, syntax.Column),
			Error:     file + ":" + syntax.Error(),
			Attribute: "local_path",
		}
	}
	return droid.Problem{
		Summary:   "Settings File Not Written",
		Cause:     fmt.Sprintf("The models could not be merged into %s, which is as it was.", file),
		Remedy:    "Check that its folder exists and that the user who runs Terraform may write there.",
		Error:     err.Error(),
		Attribute: "local_path",
	}
}

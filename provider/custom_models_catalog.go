package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

func catalogAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Takes the models that the deployment offers the workspace's owner; `{}` takes all that the administrators chose. " +
			"The list is read when a workspace starts, so it follows what administrators change. It comes after `models`; an entry there wins " +
			"over one of the catalogue with the same model id and gateway provider. If the list can't be read, the one of the last start " +
			"stands in, and without one the workspace's models stay as they are; with `verification = \"require\"` the build fails instead. " +
			"Needs Coder 2.36 or later.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"source": schema.StringAttribute{
				MarkdownDescription: "`\"coder\"` (the default) takes the models that administrators chose for Coder's own agents (Admin settings, AI, Models), with " +
					"display name, context limit, output limit, reasoning effort and the default model. `\"upstream\"` takes all that the vendor " +
					"behind each gateway provider lists, one call each; it needs `include`.",
				Optional: true,
			},
			"include": schema.ListAttribute{
				MarkdownDescription: "Globs on model ids, such as `[\"claude-*\", \"gpt-5*\"]`; a model is taken if one of them matches. Defaults to all.",
				ElementType:         types.StringType,
				Optional:            true,
			},
			"exclude": schema.ListAttribute{
				MarkdownDescription: "Globs on model ids that are not taken. Defaults to none.",
				ElementType:         types.StringType,
				Optional:            true,
			},
		},
	}
}

// catalog is the catalogue as plain values, nil without one.
func (m customModelsModel) catalog() *run.Catalog {
	if m.Catalog.IsNull() || m.Catalog.IsUnknown() {
		return nil
	}
	values := m.Catalog.Attributes()
	c := &run.Catalog{Source: run.FromCoder}
	if source, ok := values["source"].(types.String); ok && source.ValueString() != "" {
		c.Source = source.ValueString()
	}
	globs := func(attribute string) (out []string) {
		list, _ := values[attribute].(types.List)
		for _, element := range list.Elements() {
			glob, _ := element.(types.String)
			out = append(out, glob.ValueString())
		}
		return out
	}
	c.Include, c.Exclude = globs("include"), globs("exclude")
	return c
}

// checkCatalog refuses what is wrong in a catalogue, as far as it is known.
func (m customModelsModel) checkCatalog(diags *diag.Diagnostics) {
	if m.Models.IsNull() && m.Catalog.IsNull() {
		report(diags, droid.Problem{
			Summary: "No Models Wanted",
			Cause:   "Neither models nor catalog is set.",
			Remedy:  "Set catalog = {} to take the models that the deployment offers, or name the models in models. models = [] removes those of before.",
		})
	}
	values := m.Catalog.Attributes()
	source, _ := values["source"].(types.String)
	if err := checkString(source, run.CheckSource); err != nil {
		report(diags, about("catalog", source.ValueString(), droid.Invalid("catalog.source", err)))
	}
	for _, attribute := range []string{"include", "exclude"} {
		list, _ := values[attribute].(types.List)
		for i, element := range list.Elements() {
			at := fmt.Sprintf("catalog.%s[%d]", attribute, i)
			glob, _ := element.(types.String)
			if glob.IsNull() {
				report(diags, about("catalog", "", droid.Invalid(at, droid.ErrNull)))
			} else if err := checkString(glob, run.CheckGlob); err != nil {
				report(diags, about("catalog", glob.ValueString(), droid.Invalid(at, err)))
			}
		}
	}
	include, _ := values["include"].(types.List)
	if source.ValueString() == run.FromUpstream && !include.IsUnknown() && len(include.Elements()) == 0 {
		report(diags, about("catalog", "", droid.Problem{
			Summary: "Catalogue Without Include",
			Cause:   "catalog takes all that the vendors list, models for images and embeddings too, because source is \"upstream\" and include is not set.",
			Remedy:  "Set include beside it, such as include = [\"claude-*\", \"gpt-5*\"].",
		}))
	}
}

// refreshCatalog reads the catalogue for the plan that follows, where a plan may rely on it.
func (m customModelsModel) refreshCatalog(ctx context.Context, b *run.Run, req resource.ReadRequest, resp *resource.ReadResponse) {
	if m.Catalog.IsNull() || b == nil {
		return
	}
	memory, diags := req.Private.GetKey(ctx, memoryKey)
	resp.Diagnostics.Append(diags...)
	memory, problems := b.Refresh(m.wants(), memory)
	report(&resp.Diagnostics, problems...)
	if memory != nil {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, memory)...)
	}
}

// warnOfDefault tells of a default model that the catalogue may have had, and has no more.
func (m customModelsModel) warnOfDefault(names []string, diags *diag.Diagnostics) {
	want := m.DefaultModel.ValueString()
	if want == "" || m.Catalog.IsNull() || slices.Contains(names, want) {
		return
	}
	p := unknownDefault(want, "No model of the template or of the catalogue is named %s, so new sessions start with another one.",
		"Use one of the names in the resource's names.")
	p.Warning = true
	report(diags, p)
}

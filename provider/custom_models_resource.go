package provider

import (
	"context"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/run"
)

var (
	_ resource.ResourceWithConfigure      = (*customModelsResource)(nil)
	_ resource.ResourceWithImportState    = (*customModelsResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*customModelsResource)(nil)
	_ resource.ResourceWithValidateConfig = (*customModelsResource)(nil)
)

func newCustomModelsResource() resource.Resource {
	return &customModelsResource{}
}

type customModelsResource struct {
	run *run.Run
}

type customModelsModel struct {
	ID           types.String `tfsdk:"id"`
	Models       types.List   `tfsdk:"model"`
	Catalog      types.Object `tfsdk:"catalog"`
	DefaultModel types.String `tfsdk:"default_model"`
	Delivery     types.String `tfsdk:"delivery"`
	SettingsPath types.String `tfsdk:"settings_path"`
	Managed      types.String `tfsdk:"managed_settings"`
	GatewayOnly  types.Bool   `tfsdk:"gateway_only"`
	TokenScope   types.String `tfsdk:"token_scope"`
	Lifetime     types.String `tfsdk:"token_lifetime"`
	Namespace    types.String `tfsdk:"namespace"`
	Former       types.List   `tfsdk:"former_namespaces"`
	ModelIDs     types.List   `tfsdk:"model_ids"`
	SettingsJSON types.String `tfsdk:"settings_json"`
	Env          types.Map    `tfsdk:"env"`
	Script       types.String `tfsdk:"script"`
}

// memoryKey is where the private state keeps what a later run needs to know.
const memoryKey = "memory"

func (r *customModelsResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_custom_models"
}

func (r *customModelsResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Custom models of [Factory's Droid](https://docs.factory.ai/cli/byok/overview), by default " +
			"through the Coder deployment's AI Gateway. The resource renders Droid's settings; `env` and `script` bring " +
			"them into a Linux or macOS workspace.",
		Attributes: resourceAttributes(),
		Blocks: map[string]schema.Block{
			"model": schema.ListNestedBlock{
				MarkdownDescription: "A model. The order of the blocks is the order in Droid's menu. For more than 50, use " +
					"`catalog`: planning 200 blocks takes Terraform 4 s of CPU time.",
				NestedObject: schema.NestedBlockObject{Attributes: modelAttributes()},
			},
			"catalog": schema.SingleNestedBlock{
				MarkdownDescription: "Takes the models that the deployment offers the workspace's owner, behind those of the " +
					"`model` blocks. The list is read when a workspace starts; if it can't be read, the previous one is used. " +
					"Needs Coder 2.36 or later.",
				Attributes: catalogAttributes(),
			},
		},
	}
}

func (r *customModelsResource) Configure(
	_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse,
) {
	r.run, _ = req.ProviderData.(*run.Run) // nil while only the configuration is validated
}

func (r *customModelsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan customModelsModel
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	plan.ID = types.StringValue(uuid.NewString())
	if memory, ok := r.put(&plan, nil, &resp.Diagnostics); ok {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, memory)...)
	}
}

// Read changes nothing: what the resource renders is nowhere but in its state.
func (r *customModelsResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {
	r.run.Refresh()
}

// ImportState only says why there is nothing to import.
func (r *customModelsResource) ImportState(
	_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	report(&resp.Diagnostics, droid.Problem{
		Summary: "Nothing to Import",
		Cause:   "A factory_custom_models resource is nowhere but in Terraform's state: it renders settings and a script.",
		Remedy:  "Leave the import out and apply. Entries of the same namespace in a user's settings file are taken over.",
	})
}

func (r *customModelsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan customModelsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	memory, diags := req.Private.GetKey(ctx, memoryKey)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	if memory, ok := r.put(&plan, memory, &resp.Diagnostics); ok {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, memoryKey, memory)...)
	}
}

// Delete has nothing to do: what was delivered stays in the workspaces.
func (r *customModelsResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// put renders what the resource wants and fills in what is computed. It takes the memory of the last run, and returns
// that for the next one.
func (r *customModelsResource) put(m *customModelsModel, memory []byte, diags *diag.Diagnostics) ([]byte, bool) {
	wanted := m.wanted()
	result, problems := r.run.Apply(wanted, memory)
	if report(diags, problems...); diags.HasError() {
		return nil, false
	}
	m.warnOfDefault(result.ModelIDs, diags)
	m.ModelIDs = listOf(result.ModelIDs)
	m.SettingsJSON = types.StringValue(string(result.Document))
	m.Env = mapOf(result.Env, types.StringValue)
	m.Script = types.StringValue(wanted.Delivery.Script())
	return result.Memory, true
}

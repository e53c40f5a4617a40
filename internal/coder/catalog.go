package coder

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The sources of a catalog: the models that administrators chose for Coder's own agents, or what each gateway
// provider's upstream lists.
const (
	FromCoder    = "coder"
	FromUpstream = "upstream"
)

// Offer is a model that the deployment offers the token's owner. It holds no secret.
type Offer struct {
	// Provider and Type are the name and the type of its gateway provider.
	Provider    string `json:"provider"`
	Type        string `json:"type"`
	Model       string `json:"model"`
	DisplayName string `json:"display_name,omitempty"`
	// ContextLimit and MaxOutputTokens are in tokens; 0 where the deployment sets none.
	ContextLimit    int64  `json:"context_limit,omitempty"`
	MaxOutputTokens int64  `json:"max_output_tokens,omitempty"`
	ReasoningEffort string `json:"reasoning_effort,omitempty"`
	// Default marks the model that the administrators chose for those who choose none.
	Default bool `json:"default,omitempty"`
}

// Catalog is what an attempt to read the offers gave. An empty list is an answer; one that can't be had is not. If
// Offers and Problem are both nil, nothing was read, and a problem of the deployment says why.
type Catalog struct {
	// Offers are in the deployment's order; nil if nothing could be read.
	Offers []Offer
	// Problem says why a list could not be read. The offers are those of the other lists then.
	Problem *droid.Problem
	// Notes are warnings about models that are left out.
	Notes []droid.Problem
}

// ReadCatalog reads the offers of a source, in the time that the checks have left, or two seconds when it comes later.
func (c Config) ReadCatalog(ctx context.Context, d Deployment, source string) Catalog {
	ctx, cancel := context.WithTimeout(ctx, max(time.Until(d.askedAt.Add(askTime)), askTime-checkTime))
	defer cancel()
	var catalog Catalog
	switch {
	case d.Obstacle() != "":
		return Catalog{}
	case !d.release().has(modelConfigs):
		catalog.Problem = &droid.Problem{
			Summary: "No Catalog in This Release",
			Cause: fmt.Sprintf("The Coder deployment at %s, version %s, has no list of models that its administrators chose.",
				c.AccessURL, versionOr(d.Version)),
			Remedy: "Upgrade Coder to 2.36 or later, or name the models: in model blocks, or in models of the module.",
		}
	case d.Providers == nil && d.silent:
		return Catalog{}
	case d.Providers == nil:
		catalog.Problem = &droid.Problem{
			Summary: "Gateway Providers Not Known",
			Cause:   "The Coder deployment did not say which gateway providers it has, so the catalog was not read.",
			Remedy:  "Start the workspace again, or name the models in model blocks.",
		}
	case source == FromUpstream:
		catalog = c.readUpstream(ctx, d)
	default:
		catalog = c.readChosen(ctx, d)
	}
	if catalog.Problem != nil {
		p := c.redact(Problem{Problem: *catalog.Problem}).Problem
		catalog.Problem = &p
	}
	return catalog
}

// readChosen reads the models that the administrators chose for Coder's own agents. From Coder 2.37 on, they are those
// of an organization.
func (c Config) readChosen(ctx context.Context, d Deployment) Catalog {
	models, err := c.chatModels(ctx, d)
	if err != nil {
		return Catalog{Problem: c.notRead(err)}
	}
	catalog := Catalog{Offers: []Offer{}}
	unavailable := make(map[string]int) // models by the reason for which their provider is not available
	for _, model := range models.Models {
		p, usable := d.providerOf(model)
		switch reason := models.unavailable(p); {
		case !usable || droid.Protocol(p.Type) == "":
		case reason != "":
			unavailable[reason]++
		default:
			catalog.Offers = append(catalog.Offers, offerOf(p, model))
		}
	}
	if p := leftOut(unavailable); p != nil {
		catalog.Notes = append(catalog.Notes, *p)
	}
	return catalog
}

func (c Config) notRead(err error) *droid.Problem {
	p := droid.Problem{
		Summary: "Catalog Not Read",
		Cause: fmt.Sprintf(
			"The Coder deployment at %s did not give the models that its administrators chose.",
			c.AccessURL,
		),
		Remedy: "Look at the deployment's health, then start the workspace again.",
		Error:  cause(err),
	}
	if status(err) == http.StatusNotFound {
		p.Remedy = "A proxy before the deployment may not let the list through, or this release has it elsewhere: look for " +
			"a version of this provider that knows the release."
	}
	return &p
}

// chatModels is the answer of either release: the array of 2.36, or the object of 2.37.
type chatModels struct {
	Models    []codersdk.ChatModelConfig `json:"models"`
	Providers []chatProvider             `json:"providers"`
}

type chatProvider struct {
	ID                uuid.UUID `json:"id"`
	Available         bool      `json:"available"`
	UnavailableReason string    `json:"unavailable_reason"`
}

func (m *chatModels) UnmarshalJSON(text []byte) error {
	type object chatModels
	var err error
	if bytes.HasPrefix(text, []byte("[")) {
		err = json.Unmarshal(text, &m.Models)
	} else {
		err = json.Unmarshal(text, (*object)(m))
	}
	switch {
	case err != nil:
		return err
	case m.Models == nil:
		return errors.New("it has no models")
	case slices.ContainsFunc(m.Models, func(c codersdk.ChatModelConfig) bool { return c.Model == "" }):
		return errors.New("one of its models has no id")
	}
	return nil
}

// unavailable is Coder's word for the reason why the token's owner can't use a gateway provider; empty if they can.
func (m chatModels) unavailable(p Provider) string {
	for _, row := range m.Providers {
		if row.ID == p.ID && !row.Available {
			return cmp.Or(row.UnavailableReason, "not available")
		}
	}
	return ""
}

func (c Config) chatModels(ctx context.Context, d Deployment) (chatModels, error) {
	client := c.client()
	const configs = "/api/experimental/chats/model-configs"
	if !d.release().has(stablePaths) {
		return get[chatModels](ctx, client, configs)
	}
	organization, err := c.organization(ctx, client, d)
	if err != nil {
		return chatModels{}, err
	}
	return get[chatModels](ctx, client, "/api/v2/organizations/"+organization+"/chats/models", configs)
}

// organization is the one whose models are read: the only one of the token's owner, or the workspace's, or outside a
// workspace build the default one.
func (c Config) organization(ctx context.Context, client *codersdk.Client, d Deployment) (string, error) {
	switch id, err := uuid.Parse(c.Workspace.ID); {
	case len(d.organizations) == 1:
		return d.organizations[0].String(), nil
	case err != nil:
		return codersdk.DefaultOrganization, nil
	default:
		workspace, err := client.Workspace(ctx, id)
		return workspace.OrganizationID.String(), err
	}
}

// providerOf is the gateway provider of a model, unless the token's owner can't use it.
func (d Deployment) providerOf(model codersdk.ChatModelConfig) (Provider, bool) {
	i := slices.IndexFunc(d.Providers, func(p Provider) bool { return p.ID == model.AIProviderID })
	if i < 0 || !model.Enabled {
		return Provider{}, false
	}
	return d.Providers[i], d.Providers[i].Enabled
}

func offerOf(p Provider, model codersdk.ChatModelConfig) Offer {
	o := Offer{
		Provider: p.Name, Type: p.Type, Model: model.Model, DisplayName: model.DisplayName,
		ContextLimit: model.ContextLimit, Default: model.IsDefault,
	}
	if call := model.ModelConfig; call != nil {
		if call.MaxOutputTokens != nil {
			o.MaxOutputTokens = *call.MaxOutputTokens
		}
		if call.ReasoningEffort != nil && call.ReasoningEffort.Default != nil {
			o.ReasoningEffort = *call.ReasoningEffort.Default
		}
	}
	return o
}

// leftOut is one warning for all models of gateway providers that are not available. It has Coder's words for the
// reasons, such as user_api_key_required.
func leftOut(models map[string]int) *droid.Problem {
	var causes []string
	for _, reason := range slices.Sorted(maps.Keys(models)) {
		causes = append(causes, fmt.Sprintf("%d (%s)", models[reason], droid.OneLine(reason)))
	}
	if causes == nil {
		return nil
	}
	return &droid.Problem{
		Summary: "Models Not Available to the Owner",
		Cause: "The catalog leaves out models of gateway providers that Coder can't use for the owner, by the reason: " +
			droid.Enumerated(causes) + ".",
		Remedy: "If a key of the owner's is required, the owner adds it in Coder's dashboard. Otherwise, ask a Coder " +
			"administrator to look at the gateway provider.",
		Warning: true,
	}
}

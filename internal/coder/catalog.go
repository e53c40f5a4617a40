package coder

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/coder/coder/v2/codersdk"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Offer is a model that the deployment offers the token's owner. It holds no secret.
type Offer struct {
	// Instance and Type are the name and the type of its gateway provider.
	Instance    string `json:"instance"`
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

// Catalog reads the models that the administrators chose for Coder's own agents, in the deployment's order. An empty list is an
// answer; a list that can't be had is a problem.
func (c Config) Catalog(ctx context.Context, d Deployment) ([]Offer, *droid.Problem) {
	offers, err := c.catalog(ctx, d)
	if err == nil {
		return offers, nil
	}
	p := Problem{Problem: droid.Problem{
		Summary: "Model Catalogue Not Read",
		Cause:   fmt.Sprintf("The Coder deployment at %s did not give the models that its administrators chose.", c.AccessURL),
		Remedy:  "Look at the deployment's health, then start the workspace again.",
		Error:   cause(err),
	}}
	if status(err) == http.StatusNotFound {
		p.Summary = "No Model Catalogue in This Release"
		p.Cause = fmt.Sprintf("The Coder deployment at %s, version %s, has no list of models that its administrators chose.",
			c.AccessURL, versionOr(d.Version))
		p.Remedy = "Upgrade Coder to 2.36 or later, or name the models in models."
	}
	p = c.redact(p)
	return nil, &p.Problem
}

func (c Config) catalog(ctx context.Context, d Deployment) ([]Offer, error) {
	if d.Providers == nil {
		return nil, errors.New("it did not say which gateway providers it has")
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	rows, err := moved[codersdk.ChatModelConfig](ctx, client, d.canonicalVersion(), "chats/model-configs", "organizations/default/chats/models")
	if err != nil {
		return nil, err
	}
	offers := make([]Offer, 0, len(rows))
	for _, row := range rows {
		if row.Model == "" {
			return nil, errors.New("one of its models has no id")
		}
		if offer, usable := d.offer(row); usable {
			offers = append(offers, offer)
		}
	}
	return offers, nil
}

// offer is a row of Coder's list, unless the person can't use it.
func (d Deployment) offer(row codersdk.ChatModelConfig) (Offer, bool) {
	for _, p := range d.Providers {
		if p.ID != row.AIProviderID || !p.Enabled || !row.Enabled {
			continue
		}
		o := Offer{
			Instance: p.Name, Type: p.Type, Model: row.Model, DisplayName: row.DisplayName, ContextLimit: row.ContextLimit, Default: row.IsDefault,
		}
		if call := row.ModelConfig; call != nil {
			if call.MaxOutputTokens != nil {
				o.MaxOutputTokens = *call.MaxOutputTokens
			}
			if call.ReasoningEffort != nil && call.ReasoningEffort.Default != nil {
				o.ReasoningEffort = *call.ReasoningEffort.Default
			}
		}
		return o, true
	}
	return Offer{}, false
}

func (d Deployment) canonicalVersion() string {
	return codersdk.BuildInfoResponse{Version: d.Version}.CanonicalVersion()
}

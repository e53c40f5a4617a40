package coder

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Provider is a gateway provider as the token's owner sees it.
type Provider struct {
	ID uuid.UUID
	// Name is the one that a Coder administrator gave it, and a part of its address.
	Name string
	// Type is Coder's word for what it connects to, such as bedrock.
	Type    string
	Enabled bool
	// PersonalKeys says that the gateway takes a user's own key for it.
	PersonalKeys bool
}

// listProviders does not wait for the version, because that costs each start a round trip: it tries the path of 2.36
// and then that of later releases.
func listProviders(ctx context.Context, client *codersdk.Client) ([]Provider, error) {
	const path = "users/me/ai-provider-keys"
	rows, err := get[[]codersdk.UserAIProviderKeyConfig](ctx, client, "/api/experimental/"+path, "/api/v2/"+path)
	switch {
	case err != nil:
		return nil, err
	case rows == nil:
		return nil, errors.New("the answer is null instead of a list")
	}
	var providers []Provider
	for _, row := range rows {
		if row.Provider.Name == "" || row.Provider.Type == "" {
			return nil, errors.New("one of the gateway providers has no name or type")
		}
		if row.Provider.Deleted {
			continue
		}
		providers = append(providers, Provider{
			ID: row.Provider.ID, Name: row.Provider.Name, Type: string(row.Provider.Type), Enabled: row.Provider.Enabled,
			PersonalKeys: row.BYOKEnabled,
		})
	}
	if len(providers) == 0 {
		return nil, errors.New("the list is empty, perhaps because a Coder administrator has added no gateway provider yet")
	}
	return providers, nil
}

// Use is how a model goes through the gateway.
type Use struct {
	// Provider is the name of the gateway provider.
	Provider string
	// Format is Droid's word for the API format.
	Format string
	// Personal is set if the model brings its own key.
	Personal bool
}

// Check tells whether the gateway would refuse a use, as far as that is known.
func (d Deployment) Check(u Use) *droid.Problem {
	if d.Obstacle() != "" {
		return nil
	}
	if u.Personal && !d.standalone && !d.release().has(personalKeys) {
		return &droid.Problem{
			Summary: "Personal Keys Not Taken by This Release",
			Cause: fmt.Sprintf("The AI Gateway of Coder %s takes no personal keys, so it refuses every request with one.",
				d.Version),
			Remedy: "Upgrade Coder to 2.36 or later, or leave api_key out to use the gateway's own key.",
		}
	}
	if d.Providers == nil {
		return nil
	}
	i := slices.IndexFunc(d.Providers, func(p Provider) bool { return p.Name == u.Provider && p.Enabled })
	if i < 0 {
		return d.unknownProvider(u.Provider)
	}
	switch p := d.Providers[i]; {
	case !droid.Speaks(p.Type, u.Format):
		return &droid.Problem{
			Summary: "API Format Not Spoken by AI Gateway Provider",
			Cause: fmt.Sprintf("The gateway provider %q is of the type %s, for which the AI Gateway does not take the API "+
				"format %q.", p.Name, p.Type, u.Format),
			Remedy: fmt.Sprintf("Set provider = %q, or gateway_provider to another gateway provider.", droid.Protocol(p.Type)),
		}
	case u.Personal && !p.PersonalKeys && !d.standalone:
		return &droid.Problem{
			Summary: "Personal Keys Not Allowed",
			Cause: fmt.Sprintf("The AI Gateway does not allow personal keys (bring your own key) for the gateway provider %q, "+
				"so it refuses every request that comes with one.", p.Name),
			Remedy: "Leave api_key out to use the gateway's own key, or ask a Coder administrator to start coderd with " +
				"CODER_AI_GATEWAY_ALLOW_BYOK=true.",
		}
	}
	return nil
}

// unknownProvider does not tell a missing gateway provider from a disabled one: Coder lists neither.
func (d Deployment) unknownProvider(name string) *droid.Problem {
	var names []string
	for _, p := range d.Providers {
		if p.Enabled {
			names = append(names, fmt.Sprintf("%q", p.Name))
		}
	}
	there := "There is none that the owner of the session token may use."
	if len(names) > 0 {
		there = fmt.Sprintf("There are: %s.", droid.Enumerated(names))
	}
	return &droid.Problem{
		Summary: "Unknown AI Gateway Provider",
		Cause:   fmt.Sprintf("The AI Gateway has no gateway provider %q, or it is disabled. %s", name, there),
		Remedy:  "Set gateway_provider to the name of one of them, or ask a Coder administrator to enable it.",
	}
}

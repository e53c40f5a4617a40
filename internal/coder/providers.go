package coder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/coder/v2/codersdk"
	"github.com/google/uuid"
	"golang.org/x/mod/semver"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Provider is a gateway provider as the token's owner sees it.
type Provider struct {
	ID uuid.UUID
	// Name is the one that a Coder administrator gave it, and a part of its address.
	Name, DisplayName string
	// Type is Coder's word for what it connects to, such as bedrock.
	Type    string
	Enabled bool
	// PersonalKeys says that the gateway takes a key of the person's own for it.
	PersonalKeys bool
}

// listProviders does not wait to be told the version, because that costs each start a round trip.
func listProviders(ctx context.Context, client *codersdk.Client) ([]Provider, error) {
	const path = "users/me/ai-provider-keys"
	rows, err := moved[codersdk.UserAIProviderKeyConfig](ctx, client, "", path, path)
	if err != nil {
		return nil, err
	}
	providers := make([]Provider, 0, len(rows))
	for _, row := range rows {
		if row.Provider.Name == "" || row.Provider.Type == "" {
			return nil, errors.New("one of the gateway providers has no name or type")
		}
		if row.Provider.Deleted {
			continue
		}
		providers = append(providers, Provider{
			ID:           row.Provider.ID,
			Name:         row.Provider.Name,
			DisplayName:  row.Provider.DisplayName,
			Type:         string(row.Provider.Type),
			Enabled:      row.Provider.Enabled,
			PersonalKeys: row.BYOKEnabled,
		})
	}
	return providers, nil
}

// moved reads a list that Coder 2.36 has below /api/experimental and later releases have below /api/v2. The version, if it is known, says
// which of the two is tried first.
func moved[T any](ctx context.Context, client *codersdk.Client, version, experimental, stable string) ([]T, error) {
	paths := []string{"/api/experimental/" + experimental, "/api/v2/" + stable}
	if semver.Compare(version, "v2.37.0") >= 0 {
		paths[0], paths[1] = paths[1], paths[0]
	}
	rows, err := read[T](ctx, client, paths[0])
	if status(err) == http.StatusNotFound {
		return read[T](ctx, client, paths[1])
	}
	return rows, err
}

func read[T any](ctx context.Context, client *codersdk.Client, path string) ([]T, error) {
	res, err := client.Request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, codersdk.ReadBodyAsError(res)
	}
	var rows []T
	if err := json.NewDecoder(res.Body).Decode(&rows); err != nil {
		return nil, fmt.Errorf("the answer is no list: %w", err)
	}
	if rows == nil {
		return nil, errors.New("the answer is null instead of a list")
	}
	return rows, nil
}

// Use is how a model goes through the gateway.
type Use struct {
	// Instance is the name of the gateway provider.
	Instance string
	// Protocol is Droid's word for the protocol.
	Protocol string
	// Personal is set when the model brings its own key.
	Personal bool
}

// Check tells whether the gateway would refuse a use, as far as the list of providers says. It is nil if nothing is known.
func (d Deployment) Check(u Use) *droid.Problem {
	if d.Providers == nil || d.Obstacle() != "" {
		return nil
	}
	p, found := d.provider(u.Instance)
	switch {
	case !found || !p.Enabled:
		return d.unknownProvider(u.Instance, "gateway_provider")
	case !droid.Speaks(p.Type, u.Protocol):
		return &droid.Problem{
			Summary: "Protocol Not Spoken by AI Gateway Provider",
			Cause: fmt.Sprintf("The gateway provider %q is of the type %s, for which the AI Gateway does not take the protocol %q.",
				p.Name, p.Type, u.Protocol),
			Remedy: fmt.Sprintf("Set provider = %q, or gateway_provider to another gateway provider.", droid.Protocol(p.Type)),
		}
	case u.Personal && !p.PersonalKeys && !d.standalone:
		return &droid.Problem{
			Summary: "Personal Keys Not Allowed",
			Cause: fmt.Sprintf("The AI Gateway does not allow personal keys (bring your own key) for the gateway provider %q, so it refuses "+
				"every request that comes with one.", p.Name),
			Remedy: "Leave api_key out to use the gateway's own key, or ask a Coder administrator to start coderd with " +
				"CODER_AI_GATEWAY_ALLOW_BYOK=true.",
		}
	}
	return nil
}

func (d Deployment) provider(name string) (Provider, bool) {
	for _, p := range d.Providers {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

// unknownProvider leads to the attribute that names the gateway provider. Coder lists no disabled one, so the two look the same.
func (d Deployment) unknownProvider(name, attribute string) *droid.Problem {
	var names []string
	for _, p := range d.Providers {
		if p.Enabled {
			names = append(names, fmt.Sprintf("%q", p.Name))
		}
	}
	there := "There is none that the owner of the session token may use."
	if len(names) > 0 {
		there = "There are: " + strings.Join(names, ", ") + "."
	}
	return &droid.Problem{
		Summary: "Unknown AI Gateway Provider",
		Cause:   fmt.Sprintf("The AI Gateway has no gateway provider %q, or it is disabled. %s", name, there),
		Remedy:  fmt.Sprintf("Set %s to the name of one of them, or ask a Coder administrator to enable it.", attribute),
	}
}

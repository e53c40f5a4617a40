package coder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// listsAtOnce is how many lists are read at the same time. The gateway has limits of its own, and each list is a call
// to a vendor.
const listsAtOnce = 2

// readUpstream asks the upstream of each gateway provider, through the gateway, which models it has.
func (c Config) readUpstream(ctx context.Context, d Deployment) Catalog {
	lists, problems := make([][]string, len(d.Providers)), make([]*droid.Problem, len(d.Providers))
	var group errgroup.Group
	group.SetLimit(listsAtOnce)
	client := c.http()
	for i, p := range d.Providers {
		if !p.Enabled || droid.Protocol(p.Type) == "" {
			continue
		}
		group.Go(func() error {
			l := lister{client: client, token: c.Token, gatewayURL: d.GatewayURL, provider: p.Name}
			lists[i], problems[i] = l.all(ctx)
			return nil // one list's trouble is not another's
		})
	}
	_ = group.Wait()
	catalog := Catalog{Offers: []Offer{}}
	for i, p := range d.Providers {
		if catalog.Problem == nil {
			catalog.Problem = problems[i]
		}
		for _, model := range lists[i] {
			catalog.Offers = append(catalog.Offers, Offer{Provider: p.Name, Type: p.Type, Model: model})
		}
	}
	return catalog
}

// lister asks for the models of one gateway provider.
type lister struct {
	client                      *http.Client
	token, gatewayURL, provider string
}

// list is what both API formats answer; only Anthropic's has pages.
type list struct {
	Data    []listed `json:"data"`
	HasMore bool     `json:"has_more"`
	LastID  string   `json:"last_id"`
}

type listed struct {
	ID string `json:"id"`
}

// all returns the ids, each once. An upstream has one page in most cases; one that gives nothing new is at its end.
func (l lister) all(ctx context.Context) ([]string, *droid.Problem) {
	ids := []string{}
	seen := make(map[string]bool)
	query := ""
	for {
		page, p := l.page(ctx, query)
		if p != nil {
			return nil, p
		}
		before := len(ids)
		for _, model := range page.Data {
			if !seen[model.ID] {
				seen[model.ID] = true
				ids = append(ids, model.ID)
			}
		}
		if !page.HasMore || page.LastID == "" || len(ids) == before {
			return ids, nil
		}
		query = "?limit=1000&after_id=" + url.QueryEscape(page.LastID)
	}
}

func (l lister) page(ctx context.Context, query string) (page list, p *droid.Problem) {
	address := l.gatewayURL + "/" + l.provider + "/v1/models" + query
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return page, l.notRead(err)
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	req.Header.Set("Anthropic-Version", "2023-06-01") // Anthropic refuses requests without, and the gateway adds none
	res, err := l.client.Do(req)
	if err != nil {
		return page, l.notRead(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body) // it is in memory already, see whole
	if res.StatusCode != http.StatusOK {
		return page, l.refused(res.StatusCode, body)
	}
	err = json.Unmarshal(body, &page)
	switch {
	case err != nil:
		return page, l.notRead(fmt.Errorf("the answer is no list of models: %w", err))
	case page.Data == nil:
		return page, l.notRead(errors.New("the answer has no list of models in data"))
	case slices.ContainsFunc(page.Data, func(m listed) bool { return m.ID == "" }):
		return page, l.notRead(errors.New("one of its models has no id"))
	}
	return page, nil
}

// notRead says why there is no list.
func (l lister) notRead(err error) *droid.Problem {
	return &droid.Problem{
		Summary: "Model List Not Read",
		Cause: fmt.Sprintf("The AI Gateway at %s gave no list of the models that the gateway provider %q has.",
			l.gatewayURL, l.provider),
		Remedy: "Ask a Coder administrator whether its upstream has a list of models at /v1/models and accepts the " +
			"gateway's key, or name its models in model blocks.",
		Error: cause(err),
	}
}

// refused tells the gateway's own refusals from what it passes on. The body is not shown: a vendor may quote a key in
// it.
func (l lister) refused(status int, body []byte) *droid.Problem {
	p := l.notRead(fmt.Errorf("HTTP status %d %s", status, http.StatusText(status)))
	switch {
	case status == http.StatusForbidden && bytes.HasPrefix(body, []byte("AI budget")):
		p.Summary = "AI Budget Exceeded"
		p.Cause = "The owner of the session token has spent their AI budget, so the AI Gateway refuses every request."
		p.Remedy = "Ask a Coder administrator to raise the budget."
	case status == http.StatusForbidden && bytes.HasPrefix(body, []byte("unauthorized")):
		p.Summary = "Session Token Refused by AI Gateway"
		p.Cause = fmt.Sprintf("The AI Gateway at %s does not accept the session token, though the Coder deployment does: "+
			"the gateway is another deployment's, or the token has just been revoked.", l.gatewayURL)
		p.Remedy = "Leave gateway_url out of the provider block to use the deployment's own gateway. In a workspace build, " +
			"start the workspace again: each start makes a new token."
	}
	return p
}

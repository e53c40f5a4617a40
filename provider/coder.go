package provider

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/coder/terraform-provider-factory/internal/deployment"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

const (
	verifyRequire = "require"
	verifyWarn    = "warn"
	verifySkip    = "skip"
)

// coder is what the provider's configuration and the environment say about the Coder deployment and this build.
type coder struct {
	config       deployment.Config
	verification string
	build        build
	// unknown is set while the provider's configuration depends on something that is not there yet.
	unknown bool

	resolve func() deployment.Deployment
	warned  sync.Once

	mu      sync.Mutex
	until   time.Time // when the checks of this process have to be over
	checked map[deployment.Route]bool
}

// build is the workspace build that Terraform runs in, as Coder's provisioner describes it. It is zero outside Coder.
type build struct {
	transition string // start, stop or destroy
	id         string // empty at template import and dry run, which only plan
	prebuild   bool   // the token is the prebuilds user's, which the gateway refuses
}

// ending tells whether the workspace stops or goes away, so that nothing of it reaches a person.
func (b build) ending() bool { return b.transition != "" && b.transition != "start" }

// newCoder decides between configuration, environment and default, in this order.
func newCoder(model providerModel, getenv func(string) string, diags *diag.Diagnostics) *coder {
	c := &coder{
		config: deployment.Config{
			GatewayURL: model.GatewayURL.ValueString(),
			OwnerID:    getenv("CODER_WORKSPACE_OWNER_ID"),
		},
		verification: cmp.Or(model.Verification.ValueString(), verifyWarn),
		build: build{
			transition: getenv("CODER_WORKSPACE_TRANSITION"),
			id:         getenv("CODER_WORKSPACE_BUILD_ID"),
			prebuild:   getenv("CODER_WORKSPACE_IS_PREBUILD") == "true",
		},
		unknown: model.AccessURL.IsUnknown() || model.SessionToken.IsUnknown() || model.GatewayURL.IsUnknown() ||
			model.Verification.IsUnknown() || model.Headers.IsUnknown(),
	}
	c.config.AccessURL = setting(model.AccessURL, "access_url", getenv, droid.CheckAccessURL, diags, "CODER_AGENT_URL", "CODER_URL")
	c.config.Fixed = model.AccessURL.ValueString() != ""
	c.config.Token = setting(model.SessionToken, "session_token", getenv, droid.CheckKey, diags,
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN", "CODER_SESSION_TOKEN")
	if c.build.prebuild {
		c.config.Token = ""
	}
	for name, value := range model.Headers.Elements() {
		if s, ok := value.(types.String); ok && !s.IsUnknown() {
			if c.config.Headers == nil {
				c.config.Headers = make(map[string]string)
			}
			c.config.Headers[name] = s.ValueString()
		} else {
			c.unknown = true
		}
	}
	c.checked = make(map[deployment.Route]bool)
	c.resolve = sync.OnceValue(func() deployment.Deployment {
		c.mu.Lock()
		c.until = time.Now().Add(deployment.Budget)
		c.mu.Unlock()
		return c.config.Resolve(context.Background())
	})
	return c
}

// setting is the configured value, else that of the first variable that is set. The schema has checked the former.
func setting(
	configured types.String, attribute string, getenv func(string) string, check func(string) error, diags *diag.Diagnostics,
	variables ...string,
) string {
	if s := configured.ValueString(); s != "" || configured.IsUnknown() {
		return s
	}
	for _, variable := range variables {
		value := getenv(variable)
		if value == "" {
			continue
		}
		if err := check(value); err != nil {
			diags.AddError("Invalid Environment Variable",
				fmt.Sprintf("The environment variable %s is not usable as %s: it %s.\n\nCorrect the variable, or set %s in the provider block.",
					variable, attribute, err, attribute))
		}
		return value
	}
	return ""
}

// tokenless tells whether this is a run that has no session token to give: template import, dry run, stop, delete
// or a prebuild. Models of the gateway are then left out. Outside of these a missing token is a mistake.
func (c *coder) tokenless() bool {
	switch c.build.transition {
	case "":
		return false
	case "start":
		return c.build.prebuild || c.build.id == ""
	}
	return true
}

// checkComplete reports what is missing for models of the gateway.
func (c *coder) checkComplete(diags *diag.Diagnostics) {
	if c.unknown || c.tokenless() {
		return
	}
	if c.config.Token == "" {
		diags.AddError("Missing Session Token",
			"Models of the AI Gateway need the session token of a Coder user, and none is set.\n\n"+
				"In a workspace build Coder provides it. Elsewhere, set CODER_SESSION_TOKEN (make one with `coder tokens create`), or "+
				"session_token in the provider block. A model with base_url and api_key needs none.")
	}
	c.checkAccessURL(diags)
}

// checkAccessURL reports that nothing says where the deployment is.
func (c *coder) checkAccessURL(diags *diag.Diagnostics) {
	if c.config.AccessURL == "" && (c.config.GatewayURL == "" || c.verification != verifySkip) {
		diags.AddError("Missing Access URL",
			"Models of the AI Gateway need the URL of the Coder deployment, and none is set.\n\n"+
				"In a workspace build Coder provides it. Elsewhere, set CODER_URL, or access_url in the provider block.")
	}
}

// deployment asks the deployment, once in this process, and reports what is wrong with it.
func (c *coder) deployment(diags *diag.Diagnostics) deployment.Deployment {
	if c.verification == verifySkip {
		return c.config.Assume()
	}
	d := c.resolve()
	for _, p := range d.Problems {
		if p.Fatal || c.verification == verifyRequire {
			diags.AddError(p.Summary, p.Detail)
		}
	}
	if c.verification != verifyRequire {
		c.warned.Do(func() { // one warning is enough for any number of resources
			for _, p := range d.Problems {
				if !p.Fatal {
					p = p.Warning()
					diags.AddWarning(p.Summary, p.Detail)
				}
			}
		})
	}
	return d
}

// checkRoutes looks whether the gateway takes the ways that the models go, each once in this process. Where the
// deployment itself has a problem, nothing more is to be learned.
func (c *coder) checkRoutes(want droid.Settings, d deployment.Deployment, diags *diag.Diagnostics) {
	if c.verification == verifySkip || len(d.Problems) > 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithDeadline(context.Background(), c.until)
	defer cancel()
	var routes []deployment.Route // in the models' order
	users := make(map[deployment.Route][]string)
	for i, m := range want.Models {
		r := deployment.Route{
			URL:      droid.BaseURL(d.GatewayURL, m.Provider, m.Instance()),
			Call:     droid.Call(m.Provider),
			Instance: m.Instance(),
			Personal: m.APIKey != "",
		}
		if m.BaseURL != "" || c.checked[r] {
			continue
		}
		if users[r] == nil {
			routes = append(routes, r)
		}
		users[r] = append(users[r], place(i))
	}
	problems := c.config.CheckRoutes(ctx, routes)
	for _, r := range routes {
		p, found := problems[r]
		p = p.Adding("This concerns " + enumerated(users[r]) + ".")
		switch {
		case found && c.verification == verifyRequire:
			diags.AddError(p.Summary, p.Detail) // without a path: the line it leads to may hold a key
		case found:
			diags.AddWarning(p.Summary, p.Detail)
		}
		c.checked[r] = !found || c.verification != verifyRequire
	}
}

// enumerated joins words as a sentence has them, and only the first of many.
func enumerated(words []string) string {
	const enough = 5
	if left := len(words) - enough; left > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:enough], ", "), left)
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// models asks the gateway for the models of its providers. One that gives no list is missing in the answer.
func (c *coder) models(ctx context.Context, d deployment.Deployment, instances []string, diags *diag.Diagnostics) map[string][]string {
	if len(instances) == 0 {
		return nil
	}
	models, problems := c.config.Models(ctx, d.GatewayURL, instances)
	for _, instance := range instances {
		p, found := problems[instance]
		switch {
		case found && c.verification == verifyRequire:
			diags.AddError(p.Summary, p.Detail)
		case found:
			p = p.Adding(fmt.Sprintf("The list models[%q] is null.", instance))
			diags.AddWarning(p.Summary, p.Detail)
		}
	}
	return models
}

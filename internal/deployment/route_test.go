package deployment

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/deployment/deploymenttest"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The gateway's own answers to a request without a body. What is not its own is no problem of the route.
func TestCheckRoutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, instance, call string
		personal             bool
		spoil                func(*deploymenttest.Server)
		want                 string
	}{
		{"taken", "anthropic", "/v1/messages", false, nil, ""},
		{"taken with a personal key", "anthropic", "/v1/messages", true, nil, ""},
		{"unknown instance", "vllm", "/v1/messages", false, nil, "Unknown AI Gateway Provider"},
		{"another protocol", "openai", "/v1/messages", false, nil, "Unknown AI Gateway Provider"},
		{"disabled", "disabled", "/v1/messages", false, nil, "AI Gateway Provider Disabled"},
		{"no personal keys", "anthropic", "/v1/messages", true, func(s *deploymenttest.Server) { s.PersonalKeys = false }, "Personal Keys Not Allowed"},
		{"nobody there", "anthropic", "/v1/messages", false, func(s *deploymenttest.Server) { s.Close() }, ""},
		{"a page of somebody else", "vllm", "/v1/messages", false, func(s *deploymenttest.Server) {
			s.Fail = func(w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true }
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := deploymenttest.New(t)
			if c.spoil != nil {
				c.spoil(s)
			}
			route := Route{URL: gatewayOf(s) + "/" + c.instance, Call: c.call, Instance: c.instance, Personal: c.personal}
			problems := configOf(s).CheckRoutes(context.Background(), []Route{route})
			for _, r := range s.Requests() {
				assert.Zero(t, r.ContentLength, "a body would reach a vendor")
				assert.Equal(t, c.personal, r.Header.Get(droid.GovernanceHeader) != "")
			}
			if c.want == "" {
				assert.Empty(t, problems)
				return
			}
			require.Contains(t, problems, route)
			assert.Equal(t, c.want, problems[route].Summary)
			assert.NotEmpty(t, problems[route].Remedy)
		})
	}
}

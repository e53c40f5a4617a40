package run

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// unpacked is a memory as it can be read.
func unpacked(t *testing.T, text []byte) string {
	t.Helper()
	require.NotEmpty(t, recalled(text), "it can be read")
	kept, err := json.Marshal(recalled(text))
	require.NoError(t, err)
	return string(kept)
}

// What can't be read is no memory.
func TestMemoryOfNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "{}", `""`, `"AAAA"`, `{"catalog":1}`} {
		assert.Equal(t, memory{}, recalled([]byte(text)), text)
	}
}

// What an apply learned counts for the next plan as long as the configuration that led there is the same.
func TestMemory(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	env := s.WorkspaceStart()
	const learned = "https://learned/api/v2/ai-gateway"
	memory := memory{asked: newBuild(t, env, "").asked(learned)}.text()
	for _, c := range []struct {
		name    string
		config  Config
		env     codertest.Environ
		memory  []byte
		want    string
		certain bool
	}{
		{"the same", Config{}, env, memory, learned, true},
		{"another token", Config{}, env.With("CODER_WORKSPACE_OWNER_SESSION_TOKEN", "next"), memory, learned, true},
		{"nothing remembered", Config{}, env, nil, s.URL + "/api/v2/aibridge", false},
		{"another address", Config{}, env.With("CODER_AGENT_URL", "https://other"), memory, "https://other/api/v2/aibridge", false},
		{"the same address, chosen", Config{AccessURL: Value{Text: s.URL}}, env, memory, s.URL + "/api/v2/aibridge", false},
		{"a gateway of its own", Config{GatewayURL: Value{Text: "https://gw"}}, env, memory, "https://gw", false},
		{"nobody is asked", Config{Verification: Value{Text: Skip}}, env, memory, s.URL + "/api/v2/aibridge", true},
		{"a stop needs no answer", Config{}, env.With("CODER_WORKSPACE_TRANSITION", "stop"), nil, s.URL + "/api/v2/aibridge", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, problems := New(c.config, c.env.Getenv)
			require.Empty(t, problems)
			d, _ := b.recall(recalled(c.memory))
			assert.Equal(t, c.want, d.GatewayURL)
			planned, problems := b.Plan(throughGateway, c.memory)
			assert.Empty(t, problems)
			assert.Equal(t, c.certain, planned.Certain)
		})
	}
}

package codertest

import "maps"

// Environ is the environment that a provider under test sees.
type Environ map[string]string

// Getenv is [os.Getenv] in this environment.
func (e Environ) Getenv(name string) string { return e[name] }

// With is the environment with further variables: a name, its value, the next name and so on.
func (e Environ) With(pairs ...string) Environ {
	out := maps.Clone(e)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// WorkspaceStart is the environment of a workspace start, as Coder's provisioner sets it up.
func (s *Server) WorkspaceStart() Environ {
	return Environ{
		"CODER_AGENT_URL":                     s.URL,
		"CODER_WORKSPACE_TRANSITION":          "start",
		"CODER_WORKSPACE_BUILD_ID":            "7d4fd2e2-7a0c-4f0e-a1f0-6a5d6b9e2b11",
		"CODER_WORKSPACE_ID":                  Workspace,
		"CODER_WORKSPACE_NAME":                "dev",
		"CODER_WORKSPACE_OWNER_ID":            Owner,
		"CODER_WORKSPACE_OWNER_SESSION_TOKEN": s.Token,
	}
}

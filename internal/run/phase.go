package run

// phase is what Coder does with a workspace in this run.
type phase int

const (
	outside  phase = iota // a user runs Terraform by hand
	planning              // a template's import or a dry run, which only plan
	starting
	prebuilding // the token is the prebuilds user's, which the gateway refuses
	ending      // a stop or a delete: nothing of it reaches a user
)

// phaseOf reads the phase from what Coder's provisioner sets.
func phaseOf(getenv func(string) string) phase {
	transition := getenv("CODER_WORKSPACE_TRANSITION")
	switch {
	case transition != "" && transition != "start":
		return ending
	case getenv("CODER_WORKSPACE_IS_PREBUILD") == "true":
		return prebuilding
	case transition == "":
		return outside
	case getenv("CODER_WORKSPACE_BUILD_ID") == "":
		return planning
	}
	return starting
}

// tokenless tells whether a run of this phase has no session token to give. In the others a missing token is a mistake.
func (p phase) tokenless() bool { return p == planning || p == prebuilding || p == ending }

// token is the session token that a run of this phase gives to models.
func (p phase) token(available string) string {
	if p.tokenless() {
		return ""
	}
	return available
}

func (r *Run) tokenless() bool { return r.phase.tokenless() }

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

// tokenless tells whether this run has no session token to give. In any other run a missing token is a mistake.
func (r *Run) tokenless() bool {
	return r.phase == planning || r.phase == prebuilding || r.phase == ending
}

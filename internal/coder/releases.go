package coder

import "golang.org/x/mod/semver"

// feature is something that differs between releases of Coder.
type feature int

const (
	addOn feature = iota
	canonicalPath
	personalKeys
	modelConfigs
	narrowScope
	addOnIncluded
	stablePaths
	triedToken
)

// difference says from which release on a feature is there, and where that is known from.
type difference struct{ from, what, source string }

// differences is the only place that knows releases. The guide on versions shows it; a test compares the two.
var differences = [...]difference{
	addOn: {
		"v2.30", "the license needs the AI Governance add-on",
		"run: 2.29.1, 2.30.0, 2.36.1",
	},
	canonicalPath: {
		"v2.36", "the gateway is at /api/v2/ai-gateway; /api/v2/aibridge stays as an alias",
		"run: 2.30.0, 2.36.1",
	},
	personalKeys: {
		"v2.36", "the gateway takes personal keys, and a member can list the gateway providers",
		"run: 2.30.0, 2.36.1",
	},
	modelConfigs: {
		"v2.36", "the catalog is the array of /api/experimental/chats/model-configs",
		"run: 2.36.1",
	},
	narrowScope: {
		"v2.36", "a token may have the scope user_skill:read; before, user:read_personal is the narrowest",
		"run: 2.29.1, 2.30.0, 2.36.1",
	},
	addOnIncluded: {
		"v2.37", "every Premium license has AI Governance",
		"read: Coder's documentation, AI Governance",
	},
	stablePaths: {
		"v2.37", "the list of gateway providers is below /api/v2, and the catalog is an organization's: " +
			"the object of /api/v2/organizations/{organization}/chats/models",
		"read: coder/coder, codersdk/chats.go, TestChatRouteMounts; coder/terraform-provider-coderd",
	},
	triedToken: {
		"v2.37",
		"the gateway may look at a token's scopes, so the server is asked which scopes it knows, and a new token is tried",
		"read: coder/coder, coderd/aibridgedserver/modelaccess.go, coderd/rbac/scopes_catalog.go",
	},
}

// release is the version of a deployment, canonical as in v2.36.1. It is no version if the deployment did not say it.
type release string

func (r release) known() bool { return semver.IsValid(string(r)) }

// has tells whether a release has a feature. One that is not known has what the newest release has.
func (r release) has(f feature) bool {
	return !r.known() || semver.Compare(semver.MajorMinor(string(r)), differences[f].from) >= 0
}

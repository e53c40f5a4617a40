package build

import (
	"encoding/json"

	"github.com/coder/terraform-provider-factory/internal/deployment"
)

// memory is what an apply learned of the deployment, and the configuration it asked with. It holds no secret.
type memory struct {
	AccessURL  string `json:"access_url"`
	Fixed      bool   `json:"fixed"`
	GatewayURL string `json:"gateway_url"`
	Skip       bool   `json:"skip"`
	Learned    string `json:"learned_gateway_url"`
}

func (b *Build) memory(learned string) memory {
	return memory{
		AccessURL:  b.config.AccessURL,
		Fixed:      b.config.Fixed,
		GatewayURL: b.config.GatewayURL,
		Skip:       b.verification == Skip,
		Learned:    learned,
	}
}

// Remember is what the next plan gets to know of the deployment.
func (b *Build) Remember(d deployment.Deployment) []byte {
	text, _ := json.Marshal(b.memory(d.GatewayURL)) // strings and booleans always encode
	return text
}

// recall is the deployment as the last apply saw it. It is certain as long as nothing that leads there has changed,
// and always when the deployment is not asked.
func (b *Build) recall(text []byte) (d deployment.Deployment, certain bool) {
	d = b.config.Assume()
	if b.verification == Skip {
		return d, true
	}
	var then memory
	if json.Unmarshal(text, &then) != nil || then != b.memory(then.Learned) {
		return d, false
	}
	d.GatewayURL = then.Learned
	return d, true
}

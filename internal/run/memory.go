package run

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// memory is what a resource keeps from one run to the next. It holds no secret.
type memory struct {
	asked
	// Catalog is the catalogue of the last run that could read it.
	Catalog *readCatalog `json:"catalog,omitempty"`
	// Token is the token for the gateway alone that the last run made.
	Token *madeToken `json:"token,omitempty"`
}

// asked is what an apply learned of the deployment, and the configuration it asked with.
type asked struct {
	AccessURL  string `json:"access_url"`
	Fixed      bool   `json:"fixed"`
	GatewayURL string `json:"gateway_url"`
	Skip       bool   `json:"skip"`
	Learned    string `json:"learned_gateway_url"`
}

// readCatalog is a catalogue, from where and when it was read.
type readCatalog struct {
	Source string        `json:"source"`
	At     time.Time     `json:"at"`
	Offers []coder.Offer `json:"offers"`
}

// completing is the settings with the models of a remembered catalogue, if there is one.
func (c *readCatalog) completing(w Wanted) droid.Settings {
	if c == nil {
		return w.Settings
	}
	return with(w.Settings, w.Catalog.chosen(c.Offers))
}

func (b *Run) asked(learned string) asked {
	return asked{
		AccessURL:  b.config.AccessURL,
		Fixed:      b.config.Fixed,
		GatewayURL: b.config.GatewayURL,
		Skip:       b.verification == Skip,
		Learned:    learned,
	}
}

// recalled reads a memory. One that can't be read is none.
func recalled(text []byte) memory {
	var packed []byte
	if json.Unmarshal(text, &packed) == nil {
		text, _ = io.ReadAll(flate.NewReader(bytes.NewReader(packed))) // what can't be unpacked is no JSON either
	}
	var m memory
	if json.Unmarshal(text, &m) != nil {
		return memory{}
	}
	return m
}

// text is JSON, as Terraform wants it. A large one is packed, because hundreds of models would slow down each plan. For a small one that
// takes longer than it saves.
func (m memory) text() []byte {
	const large = 4 << 10
	text, _ := json.Marshal(m) // texts, numbers and booleans always encode
	if len(text) < large {
		return text
	}
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed) // the level is right, and writing to memory does not fail
	_, _ = w.Write(text)
	_ = w.Close()
	text, _ = json.Marshal(packed.Bytes())
	return text
}

// recall is the deployment as the last apply saw it. It is certain as long as nothing that leads there has changed, and always
// when the deployment is not asked.
func (b *Run) recall(m memory) (d coder.Deployment, certain bool) {
	d = b.config.Assume()
	switch {
	case b.verification == Skip:
		return d, true
	case m.asked != b.asked(m.Learned):
		return d, false
	}
	d.GatewayURL = m.Learned
	return d, true
}

// catalog is the remembered catalogue, if it is from the same source.
func (m memory) catalog(w Wanted) *readCatalog {
	if w.Catalog == nil || m.Catalog == nil || m.Catalog.Source != w.Catalog.Source {
		return nil
	}
	return m.Catalog
}

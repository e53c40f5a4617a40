package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
)

// memory is what a resource keeps from one run to the next. It holds no secret.
type memory struct {
	// Fingerprint is that of the last apply.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Catalog is the catalog of the last run that could read it.
	Catalog *readCatalog `json:"catalog,omitempty"`
}

// readCatalog is a catalog, from where and when it was read.
type readCatalog struct {
	Source string        `json:"source"`
	At     time.Time     `json:"at"`
	Offers []coder.Offer `json:"offers"`
}

// recalled reads a memory. One that can't be read is none.
func recalled(text []byte) memory {
	var m memory
	if json.Unmarshal(text, &m) != nil {
		return memory{}
	}
	return m
}

func (m memory) text() []byte {
	text, _ := json.Marshal(m) // texts, numbers and booleans always encode
	return text
}

// catalog is the remembered catalog, if it is from the same source.
func (m memory) catalog(w Wanted) *readCatalog {
	if m.Catalog == nil || m.Catalog.Source != w.Catalog.Source {
		return nil
	}
	return m.Catalog
}

// fingerprint stands for the configuration of a resource and of the provider, the token and the address. It leads back
// to none of them.
func (r *Run) fingerprint(w Wanted) string {
	ways := make([]string, len(w.Models)) // which, like the names, are not in the JSON of a model
	for i, m := range w.Models {
		ways[i] = m.GatewayName()
	}
	text, _ := json.Marshal([]any{w, w.IDs(), ways, r.config, r.verification}) // plain values, which always encode
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

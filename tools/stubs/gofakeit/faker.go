// Package gofakeit stands in for the module of this name in the provider's binary. Coder's SDK makes random names for
// workspaces with it; the provider makes none, and the real one's word lists are set up at each start of the process.
package gofakeit

// Faker has what Coder's package namesgenerator calls.
type Faker struct{}

// New returns a Faker, whatever the seed.
func New(int64) *Faker { return &Faker{} }

// AdjectiveDescriptive is always the same.
func (*Faker) AdjectiveDescriptive() string { return "plain" }

// LastName is always the same.
func (*Faker) LastName() string { return "name" }

// Package coder pins the release of coder/coder that the examples are planned with. It has a module of its own, as
// its dependencies are of no concern to the provider's.
package coder

// Package collector has the garbage collector run late, which saves 10 % of a plan. A process of the provider lives for
// a fraction of a second and needs few megabytes, but Go would collect them for the first time while packages are
// initialized.
//
// Go initializes packages in the order of their paths, each after those that it imports. This one imports almost
// nothing, so it comes before nearly all packages that need memory. Main imports it for this effect.
package collector

import (
	"os"
	"runtime"
	"runtime/debug"
)

func init() {
	late(os.Getenv)
}

// late has the collector run for the first time when the heap has 16 MB, and from then on as ever.
func late(getenv func(string) string) {
	if getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(400) // of the 4 MB at which Go begins
	runtime.AddCleanup(new([64]byte), func(percent int) { debug.SetGCPercent(percent) }, 100)
}

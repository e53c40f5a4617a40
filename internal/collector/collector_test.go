package collector

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The first collection sets the collector back to what Go begins with.
//
//nolint:paralleltest // the collector is the process's
func TestLate(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	percent := func() int {
		now := debug.SetGCPercent(-1)
		debug.SetGCPercent(now)
		return now
	}
	late(func(string) string { return "off" })
	assert.Equal(t, 100, percent(), "GOGC rules")
	late(func(string) string { return "" })
	assert.Equal(t, 400, percent())
	assert.Eventually(t, func() bool { runtime.GC(); return percent() == 100 }, 10*time.Second, time.Millisecond)
}

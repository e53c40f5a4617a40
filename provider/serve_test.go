package provider

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestQuiet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, level, want string }{
		{"", "", "off"},
		{"TF_LOG", "INFO", ""},
		{"TF_LOG_PROVIDER", "DEBUG", ""},
		{"TF_LOG_SDK", "TRACE", "TRACE"},
	} {
		env := map[string]string{c.asked: c.level}
		quiet(func(name string) string { return env[name] }, func(name, value string) error { env[name] = value; return nil })
		assert.Equal(t, c.want, env["TF_LOG_SDK"], "%s=%s", c.asked, c.level)
	}
}

// The first collection sets the collector back to what Go begins with.
//
//nolint:paralleltest // the collector is the process's
func TestCollectLate(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	percent := func() int {
		now := debug.SetGCPercent(-1)
		debug.SetGCPercent(now)
		return now
	}
	collectLate(func(string) string { return "off" })
	assert.Equal(t, 100, percent(), "GOGC rules")
	collectLate(func(string) string { return "" })
	assert.Equal(t, 400, percent())
	assert.Eventually(t, func() bool { runtime.GC(); return percent() == 100 }, 10*time.Second, time.Millisecond)
}

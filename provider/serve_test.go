package provider

import (
	"testing"

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

package coder

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReleases(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"v2.29.1": false, "v2.36.1": false, "v2.37.0-devel+0a1b2c3": true, "v2.38.5": true, "v3.0.0": true, "main": true,
		"": true,
	} {
		assert.Equal(t, want, Deployment{Version: version}.release().has(stablePaths), version)
	}
}

// The guide on versions shows each difference, in the words of the code.
func TestGuideShowsTheDifferences(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/versions.md")
	require.NoError(t, err)
	for _, d := range differences {
		row := "| " + d.from[1:] + " | " + d.what + " | " + d.source + " |"
		if !strings.Contains(string(guide), row) {
			t.Error("the guide lacks: " + row)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShortIsUpToDate(t *testing.T) {
	t.Parallel()
	for file, shorten := range shorteners {
		source, err := os.ReadFile(filepath.Join("..", file))
		require.NoError(t, err)
		have, err := os.ReadFile(filepath.Join("..", "short", file))
		require.NoError(t, err)
		if string(have) != shorten(code(string(source))) { // no comparison: both are one long line
			t.Errorf("%s changed: run make generate", file)
		}
	}
}

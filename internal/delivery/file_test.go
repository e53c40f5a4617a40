package delivery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// settingsFile makes a folder with a settings file in .factory. If the text is empty, there is no file.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), ".factory", "settings.json")
	if text != "" {
		require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return file
}

func mode(t *testing.T, file string) os.FileMode {
	t.Helper()
	info, err := os.Stat(file)
	require.NoError(t, err)
	return info.Mode().Perm()
}

// onlyFile asserts that nothing of ours was left beside the settings file.
func onlyFile(t *testing.T, file string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	for _, e := range entries {
		assert.Contains(t, []string{filepath.Base(file), "state"}, e.Name())
	}
	left, _ := os.ReadDir(filepath.Join(filepath.Dir(file), "state"))
	assert.Empty(t, left)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for _, c := range deliverytest.Cases() {
		if c.Strict {
			continue // what is strict goes by the path, see TestSystem
		}
		file := settingsFile(t, c.Before)
		changed, err := Update(file, wantedBy(c))
		if c.Refusal != "" {
			require.EqualError(t, err, file+":"+c.Refusal)
			assert.Equal(t, c.Before, contents(t, file), c.Name)
			assert.Equal(t, os.FileMode(0o644), mode(t, file))
			onlyFile(t, file)
			continue
		}
		require.NoError(t, err, c.Name)
		assert.Equal(t, c.Before != c.After, changed, c.Name)
		assert.Equal(t, c.After, contents(t, file), c.Name)
		if c.After != "" {
			assert.Equal(t, os.FileMode(0o600), mode(t, file), c.Name)
			onlyFile(t, file)
		}
	}
}

func TestUpdateDoesNotTouchWhatIsUpToDate(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	file := settingsFile(t, document)
	past := time.Now().Add(-time.Hour).Truncate(time.Second)
	require.NoError(t, os.Chtimes(file, past, past))
	changed, err := Update(file, wanted(document))
	require.NoError(t, err)
	assert.False(t, changed)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.True(t, info.ModTime().Equal(past))
}

func TestUpdateNothingMakesNothing(t *testing.T) {
	t.Parallel()
	file := settingsFile(t, "")
	changed, err := Update(file, wanted(deliverytest.Document("")))
	require.NoError(t, err)
	assert.False(t, changed)
	assert.NoDirExists(t, filepath.Dir(file))
}

func TestUpdateFollowsLinks(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	file := settingsFile(t, "{}")
	target := filepath.Join(filepath.Dir(file), "real.json")
	require.NoError(t, os.Rename(file, target))
	require.NoError(t, os.Symlink("real.json", file))
	_, err := Update(file, wanted(document))
	require.NoError(t, err)
	assert.Contains(t, contents(t, target), "custom:coder/m1")
	link, err := os.Readlink(file)
	require.NoError(t, err)
	assert.Equal(t, "real.json", link)

	require.NoError(t, os.Remove(target))
	_, err = Update(file, wanted(document))
	require.NoError(t, err, "a dangling link's target is made")
	assert.Equal(t, document, contents(t, target))

	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Symlink(file, file))
	_, err = Update(file, wanted(document))
	require.ErrorContains(t, err, "too many levels of symbolic links")
}

func TestUpdateClearsLeftoversAway(t *testing.T) {
	t.Parallel()
	file := settingsFile(t, "{}")
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), ".settings.json.123.factory-tmp"), nil, 0o600))
	_, err := Update(file, wanted(deliverytest.Document("", "m1")))
	require.NoError(t, err)
	onlyFile(t, file)
}

func TestLock(t *testing.T) {
	t.Parallel()
	document := wanted(deliverytest.Document("", "m1"))
	t.Run("of a program that is gone", func(t *testing.T) {
		t.Parallel()
		file := settingsFile(t, "{}")
		deliverytest.HoldLock(t, file, deliverytest.DeadOwner(t))
		start := time.Now()
		_, err := Update(file, document)
		require.NoError(t, err)
		assert.Less(t, time.Since(start), lockStale/2)
		onlyFile(t, file)
	})
	t.Run("of a program that writes", func(t *testing.T) {
		t.Parallel()
		file := settingsFile(t, "{}")
		dir := deliverytest.HoldLock(t, file, fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid()))
		time.AfterFunc(300*time.Millisecond, func() {
			_ = os.WriteFile(file, []byte(`{"theme":"dark"}`), 0o600)
			_ = os.RemoveAll(dir)
		})
		_, err := Update(file, document)
		require.NoError(t, err)
		assert.Contains(t, contents(t, file), "dark", "what it wrote is not lost")
	})
	t.Run("of a program that is gone, seen from another space of processes", func(t *testing.T) {
		t.Parallel()
		file := settingsFile(t, "{}")
		deliverytest.HoldLock(t, file, strings.Replace(deliverytest.DeadOwner(t), "-[", "-[9", 1))
		start := time.Now()
		_, err := Update(file, document)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(start), lockStale)
		onlyFile(t, file)
	})
	t.Run("that stays", func(t *testing.T) {
		t.Parallel()
		file := settingsFile(t, "{}")
		deliverytest.HoldLock(t, file, fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid()))
		start := time.Now()
		_, err := Update(file, document)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(start), lockStale)
		onlyFile(t, file)
	})
	t.Run("that is empty", func(t *testing.T) {
		t.Parallel()
		file := settingsFile(t, "{}")
		require.NoError(t, os.MkdirAll(filepath.Join(filepath.Dir(file), "state", "settings.json.lock"), 0o700))
		start := time.Now()
		_, err := Update(file, document)
		require.NoError(t, err)
		assert.Less(t, time.Since(start), lockStale/2)
		onlyFile(t, file)
	})
	t.Run("is held while it works", func(t *testing.T) {
		t.Parallel()
		file := settingsFile(t, "{}")
		release, err := lock(file)
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "state", "settings.json.lock", "owner.json"))
		require.NoError(t, err)
		var o lockOwner
		require.NoError(t, json.Unmarshal(text, &o))
		assert.Equal(t, os.Getpid(), o.PID)
		release()
		onlyFile(t, file)
	})
}

func TestUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	file := settingsFile(t, "{}")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			document := strings.ReplaceAll(deliverytest.Document("", "m"), "custom:coder/", fmt.Sprintf("custom:n%d/", i))
			_, err := Update(file, Wanted{Owned: Owned{Namespace: fmt.Sprintf("n%d", i)}, Document: []byte(document)})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	for i := range 8 {
		assert.Contains(t, contents(t, file), fmt.Sprintf("custom:n%d/m", i))
	}
	onlyFile(t, file)
}

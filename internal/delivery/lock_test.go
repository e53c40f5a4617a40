//go:build unix

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
)

// droidWrites takes the lock as Droid does, by renaming a folder with its name in it. Then it counts up a key of the
// file and gives the lock back.
func droidWrites(t *testing.T, file string, count int) {
	lock := filepath.Join(filepath.Dir(file), "state", "settings.json.lock")
	pending := filepath.Join(filepath.Dir(lock), "settings.json.0123.pending")
	for start := time.Now(); ; time.Sleep(15 * time.Millisecond) {
		_ = os.MkdirAll(pending, 0o700)
		_ = os.WriteFile(filepath.Join(pending, "owner.json"),
			fmt.Appendf(nil, `{"token":"droid-%d","pid":%d}`, count, os.Getpid()), 0o600)
		if _, err := os.Stat(lock + ".reclaim"); err != nil && os.Rename(pending, lock) == nil {
			break
		}
		if !assert.Less(t, time.Since(start), deadline, "the lock never comes free") {
			return
		}
	}
	text, _ := os.ReadFile(file) // without a text the next line says so
	old := fmt.Sprintf(`"count": %d`, count-1)
	assert.Contains(t, string(text), old, "what was written before is lost")
	time.Sleep(5 * time.Millisecond)
	text = []byte(strings.Replace(string(text), old, fmt.Sprintf(`"count": %d`, count), 1))
	assert.NoError(t, os.WriteFile(file+".droid", text, 0o600))
	assert.NoError(t, os.Rename(file+".droid", file))
	assert.NoError(t, os.Remove(filepath.Join(lock, "owner.json")))
	_ = os.Remove(lock) // it is not empty when the next one has it already
}

// Scripts of several namespaces and Droid write at once, and none of them loses anything. Their clock stands still, so
// they wait for the lock as long as a busy machine makes them.
func TestScriptsAtOnce(t *testing.T) {
	t.Parallel()
	each := 4
	if full() {
		each = 10
	}
	dir, file := home(t, "{\n  \"count\": 0\n}\n")
	require.NoError(t, os.Mkdir(filepath.Join(filepath.Dir(file), "state"), 0o700))
	clock := filepath.Join(t.TempDir(), "clock")
	require.NoError(t, os.WriteFile(clock, []byte(clockStart), 0o600))
	all := machines(t)
	var wg sync.WaitGroup
	for i := range each {
		m := all[i%len(all)]
		m.clock = clock
		for _, namespace := range []string{"coder", "other", fmt.Sprint("n", i)} {
			document := strings.ReplaceAll(documentOf("", "m1", fmt.Sprint("of-", i)), "custom:coder/",
				"custom:"+namespace+"/")
			d := Delivery{Kind: Merge, Namespace: namespace, Resource: resource}
			wg.Go(func() {
				got := m.deliver(t, dir, d, document)
				assert.Zero(t, got.status, "%s: %s", m, got.stderr)
			})
		}
	}
	wg.Go(func() {
		for i := range each {
			droidWrites(t, file, i+1)
		}
	})
	wg.Wait()
	var got struct {
		Count        int               `json:"count"`
		CustomModels []json.RawMessage `json:"customModels"`
	}
	text := contents(t, file)
	require.NoError(t, json.Unmarshal([]byte(text), &got), text)
	assert.Equal(t, each, got.Count, "Droid's key")
	assert.Len(t, got.CustomModels, 2*(2+each), "two of each namespace")
	assert.Empty(t, leftovers(t, file))
}

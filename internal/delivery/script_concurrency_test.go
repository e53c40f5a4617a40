package delivery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// droidWrites takes the lock as Droid does, by renaming a folder with its name in it. Then it counts up a key of the file and gives
// the lock back.
func droidWrites(t *testing.T, file string, count int) {
	lock := filepath.Join(filepath.Dir(file), "state", "settings.json.lock")
	pending := filepath.Join(filepath.Dir(lock), "settings.json.0123.pending")
	for start := time.Now(); ; time.Sleep(15 * time.Millisecond) {
		_ = os.MkdirAll(pending, 0o700)
		_ = os.WriteFile(filepath.Join(pending, "owner.json"), fmt.Appendf(nil, `{"token":"droid-%d","pid":%d}`, count, os.Getpid()), 0o600)
		if _, err := os.Stat(lock + ".reclaim"); err != nil && os.Rename(pending, lock) == nil {
			break
		}
		if !assert.Less(t, time.Since(start), 2*time.Minute, "the lock never comes free") {
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

// Scripts of two namespaces, the Go writer and Droid write at once, and none of them loses anything.
//
//nolint:paralleltest // not beside other tests: nobody waits for a lock longer than 25 seconds
func TestScriptsAtOnce(t *testing.T) {
	each := 5
	if deliverytest.Full() {
		each = 25
	}
	in := func(namespace, document string) string {
		return strings.ReplaceAll(document, "custom:coder/", "custom:"+namespace+"/")
	}
	dir, file := home(t, "{\n  \"count\": 0\n}\n")
	require.NoError(t, os.Mkdir(filepath.Join(filepath.Dir(file), "state"), 0o700))
	all := machines(t)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range each {
		for _, namespace := range []string{"coder", "other"} {
			m := all[i%len(all)]
			document := in(namespace, deliverytest.Document("", "m1", fmt.Sprint("of-", i)))
			wg.Go(func() {
				got := m.run(t, dir, scriptFor(namespace, path), "", Variable(namespace)+"="+valueFor(document))
				assert.Zero(t, got.status, "%s: %s", m.name, got.stderr)
			})
		}
		wg.Go(func() {
			namespace := "go" + strconv.Itoa(i)
			_, err := Update(file, Wanted{Owned: Owned{Namespace: namespace}, Document: []byte(in(namespace, deliverytest.Document("", "m1")))})
			assert.NoError(t, err)
		})
	}
	wg.Go(func() {
		for i := range each {
			droidWrites(t, file, i+1)
		}
	})
	wg.Wait()
	var got struct {
		Count        int `json:"count"`
		CustomModels []struct {
			ID string `json:"id"`
		} `json:"customModels"`
	}
	text := contents(t, file)
	require.NoError(t, json.Unmarshal([]byte(text), &got), text)
	assert.Equal(t, each, got.Count, "Droid's key")
	assert.Len(t, got.CustomModels, 4+each, "two of each namespace of a script, one of each of the others")
	for i := range each {
		assert.Contains(t, text, fmt.Sprintf(`"custom:go%d/m1"`, i))
	}
	assert.Contains(t, text, `"custom:coder/m1"`)
	assert.Contains(t, text, `"custom:other/m1"`)
	assert.Empty(t, leftovers(t, file))
	t.Logf("%d scripts, %d updates and %d writings of Droid at once in %s", 2*each, each, each, time.Since(start).Round(time.Millisecond))
}

package delivery

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// The script honours Droid's lock as Droid does.
func TestScriptLocks(t *testing.T) {
	t.Parallel()
	document := deliverytest.Document("", "m1")
	gone := deliverytest.DeadOwner(t)
	for _, m := range oneOfEachShell(t) {
		slow := m.shell[0] == "dash" // to wait once is enough
		for _, c := range []struct {
			name, owner string
			least, most time.Duration
		}{
			{"gone", gone, 0, 5 * time.Second},
			{"gone, seen from another space of processes", strings.Replace(gone, "-[", "-[9", 1), 9 * time.Second, 20 * time.Second},
			{"gone, of Droid", regexp.MustCompile(`"token":"[^"]*"`).ReplaceAllString(gone, `"token":"0d5e1f4c-0000-4000-8000-000000000001"`), 9 * time.Second, 20 * time.Second},
			{"stays", fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid()), 9 * time.Second, 20 * time.Second},
			{"no owner", "garbage", 9 * time.Second, 20 * time.Second},
		} {
			if c.least > 0 && !slow {
				continue
			}
			t.Run(m.name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				dir, file := home(t, "{}")
				deliverytest.HoldLock(t, file, c.owner)
				start := time.Now()
				got := m.run(t, dir, scriptFor("coder", path), document)
				require.Zero(t, got.status, got.stderr)
				assert.GreaterOrEqual(t, time.Since(start), c.least)
				assert.Less(t, time.Since(start), c.most)
				assert.Contains(t, contents(t, file), "custom:coder/m1")
				assert.Empty(t, leftovers(t, file))
			})
		}
		t.Run(m.name+", a writer", func(t *testing.T) {
			t.Parallel()
			dir, file := home(t, "{}")
			held := deliverytest.HoldLock(t, file, fmt.Sprintf(`{"token":"x","pid":%d}`, os.Getpid()))
			time.AfterFunc(500*time.Millisecond, func() {
				_ = os.WriteFile(file, []byte(`{"theme":"dark"}`), 0o600)
				_ = os.RemoveAll(held)
			})
			got := m.run(t, dir, scriptFor("coder", path), document)
			require.Zero(t, got.status, got.stderr)
			assert.Contains(t, contents(t, file), "dark", "what it wrote is not lost")
			assert.Contains(t, contents(t, file), "custom:coder/m1")
		})
		if !slow {
			continue
		}
		t.Run(m.name+", a stale reclaim", func(t *testing.T) {
			t.Parallel()
			dir, file := home(t, "{}")
			require.NoError(t, os.MkdirAll(filepath.Join(filepath.Dir(file), "state", "settings.json.lock.reclaim"), 0o700))
			got := m.run(t, dir, scriptFor("coder", path), document)
			require.Zero(t, got.status, got.stderr)
			assert.Empty(t, leftovers(t, file))
		})
	}
}

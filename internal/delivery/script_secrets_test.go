package delivery

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// witness looks, again and again, at what others on the machine could see: the argument lists of all processes, and
// the modes of the files in a folder.
type witness struct {
	arguments map[string]bool
	readable  map[string]bool // files that others can read
	looks     atomic.Int64
	stop      func()
}

func watch(folder string) *witness {
	w := &witness{arguments: make(map[string]bool), readable: make(map[string]bool)}
	end, ended := make(chan struct{}), make(chan struct{})
	w.stop = sync.OnceFunc(func() { close(end); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			default:
				w.look(folder)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	return w
}

func (w *witness) look(folder string) {
	w.looks.Add(1)
	lists, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, list := range lists {
		if text, err := os.ReadFile(list); err == nil {
			w.arguments[string(text)] = true
		}
	}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			w.readable[e.Name()] = true
		}
	}
}

// The script keeps secrets only in its environment and in the file. They are not in an argument of a program, not in what it
// prints, not in a file that others can read, and not in a file that it leaves behind.
func TestScriptKeepsSecrets(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("this system has no /proc to see the arguments of all processes in")
	}
	const secret = "a-session-token-as-Coder-makes-them"
	document := strings.ReplaceAll(deliverytest.Document("", "m1"), `b: \"c\": d`, secret)
	encoded := base64.StdEncoding.EncodeToString([]byte(document))
	for _, m := range machines(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir, file := home(t, "{\n  \"theme\": \"dark\"\n}\n")
			w := watch(filepath.Dir(file))
			defer w.stop()
			var printed string
			for i := 0; i < 1000 && w.looks.Load() < 20; i++ {
				require.NoError(t, os.WriteFile(file, []byte("{\n  \"theme\": \"dark\"\n}\n"), 0o600))
				got := m.run(t, dir, scriptFor("coder", path), document)
				require.Zero(t, got.status, got.stderr)
				printed += got.stdout + got.stderr
			}
			w.stop()
			assert.Contains(t, contents(t, file), secret, "the file is where it belongs")
			require.GreaterOrEqual(t, w.looks.Load(), int64(20))
			seen := 0
			for arguments := range w.arguments {
				assert.NotContains(t, arguments, secret)
				assert.NotContains(t, arguments, encoded)
				if strings.Contains(arguments, "merge_program") {
					seen++
				}
			}
			assert.Positive(t, seen, "the script itself was seen running")
			assert.Empty(t, w.readable, "files that others can read")
			assert.NotContains(t, printed, secret)
			assert.Empty(t, leftovers(t, file))
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			require.NoError(t, err)
			assert.Equal(t, []string{filepath.Dir(file)}, left, "nothing but .factory in the home")
		})
	}
}

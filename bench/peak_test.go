//go:build linux

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// peak runs a command and returns the peak memory, in bytes, of the processes of that name that it starts. The run is
// not timed, because reading /proc disturbs it.
func peak(b *testing.B, cmd *exec.Cmd, out fmt.Stringer, name string) float64 {
	b.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	require.NoError(b, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	most := 0
	for {
		select {
		case err := <-ended:
			require.NoError(b, err, out)
			require.NotZero(b, most)
			return float64(most)
		default:
			most = max(most, highest(cmd.Process.Pid, name))
		}
	}
}

var highWater = regexp.MustCompile(`\nVmHWM:\s*(\d+) kB\n`)

// highest is the largest resident set that any process of a name in a session has had so far. The kernel's figure after
// a process has ended is no use: it includes the memory of the program that started it. So does that of a child that
// has not called exec yet, but it also still has the name of that program.
func highest(session int, name string) (most int) {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	named, in := []byte("Name:\t"+name+"\n"), fmt.Appendf(nil, "\nNSsid:\t%d\n", session)
	for _, folder := range folders {
		status, _ := os.ReadFile(filepath.Join(folder, "status")) // gone when the process has ended
		if !bytes.Contains(status, in) || !bytes.HasPrefix(status, named) {
			continue
		}
		if m := highWater.FindSubmatch(status); m != nil {
			kib, _ := strconv.Atoi(string(m[1]))
			most = max(most, kib*1024)
		}
	}
	return most
}

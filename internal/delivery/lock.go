package delivery

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The lock is Droid's own: a folder with owner.json in it, which names the process that works on the file. An empty folder locks
// nothing. Writing takes milliseconds. So a lock is stale if its process is known to have ended, if it stays the same for
// lockStale, or if it names no process for lockNameless. A process that removes a stale lock holds a second folder like it, whose
// name ends in .reclaim, as Droid does.
var (
	lockPoll     = 50 * time.Millisecond
	lockStale    = 10 * time.Second
	lockNameless = 2 * time.Second
	lockBound    = 25 * time.Second
)

type lockOwner struct {
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

// lockDir is the folder of the lock. For a settings file in a .factory folder it is where Droid has it. For any other file it is
// beside the file.
func lockDir(path string) string {
	dir, base := filepath.Dir(path), filepath.Base(path)
	if filepath.Base(dir) == ".factory" {
		return filepath.Join(dir, "state", base+".lock")
	}
	return path + ".lock"
}

// lock waits for the lock of the settings file at path, and returns a function that gives it back.
func lock(path string) (release func(), err error) {
	dir := lockDir(path)
	if parent := filepath.Dir(dir); parent != filepath.Dir(path) {
		if err := makeDir(parent); err != nil {
			return nil, err
		}
	}
	space := processSpace()
	own, err := json.Marshal(lockOwner{Token: "factory-" + space + "-" + uuid.NewString(), PID: os.Getpid()})
	if err != nil {
		return nil, err
	}
	var seen string
	since := time.Now()
	for deadline := since.Add(lockBound); ; time.Sleep(lockPoll) {
		held, err := take(dir, own, space)
		if err != nil {
			return nil, err
		}
		if held {
			return func() { giveBack(dir, string(own)) }, nil
		}
		owner := read(dir)
		if owner != seen {
			seen, since = owner, time.Now()
		}
		age := time.Since(since)
		if gone(owner, space) || age > lockStale || owner == "" && age > lockNameless {
			reclaim(dir, owner, string(own), age > lockStale)
		}
		if time.Now().After(deadline) {
			return nil, &FileError{path, errors.New("locked by another program")}
		}
	}
}

// take tries to get the lock. Whoever makes owner.json has it.
func take(dir string, own []byte, space string) (held bool, err error) {
	if exists(dir + ".reclaim") {
		if gone(read(dir+".reclaim"), space) {
			clearAway(dir + ".reclaim")
		}
		return false, nil
	}
	switch err := makeDir(dir); {
	case errors.Is(err, fs.ErrNotExist) && exists(filepath.Dir(dir)):
		return false, nil // another process took it and gave it back before it had its owner
	case err != nil:
		return false, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "owner.json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return false, nil // held, or just given back
	case err != nil:
		return false, err
	}
	_, err = f.Write(own)
	if err == nil {
		err = adopt(f.Name())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		giveBack(dir, read(dir))
		return false, err
	}
	// Another process that was removing a stale lock may have removed ours.
	if exists(dir+".reclaim") || read(dir) != string(own) {
		giveBack(dir, string(own))
		return false, nil
	}
	return true, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func read(dir string) string {
	text, _ := os.ReadFile(filepath.Join(dir, "owner.json"))
	return string(text)
}

// processSpace names the processes that this one can see: the boot of the machine and the PID namespace. It is empty if they can't
// be read.
func processSpace() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + "-" + strings.TrimPrefix(space, "pid:")
}

// gone tells whether the process that holds a lock is known to have ended. Containers and machines may share a home folder, and
// only our own locks name the PID namespace of their process.
func gone(owner, space string) bool {
	var o lockOwner
	return space != "" && json.Unmarshal([]byte(owner), &o) == nil && strings.HasPrefix(o.Token, "factory-"+space+"-") && o.PID > 0 && !alive(o.PID)
}

// reclaim removes a stale lock, unless another process holds it by now. A second folder keeps two programs from doing this at once.
// If that folder is stale too, reclaim removes it.
func reclaim(dir, owner, own string, stale bool) {
	second := dir + ".reclaim"
	if err := os.Mkdir(second, 0o700); err == nil {
		_ = os.WriteFile(filepath.Join(second, "owner.json"), []byte(own), 0o600)
		giveBack(dir, owner)
	} else if !stale {
		return
	}
	clearAway(second)
}

func giveBack(dir, owner string) {
	if read(dir) == owner {
		clearAway(dir)
	}
}

func clearAway(dir string) {
	_ = os.Remove(filepath.Join(dir, "owner.json"))
	_ = os.Remove(dir)
}

//go:build unix

package delivery

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// owner is who a file belongs to; ok is false when there is no file.
func owner(path string) (uid, gid int, ok bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}

// ownable refuses a file if replacing it would change its owner. Root can keep the owner.
func ownable(target string) error {
	if uid, _, ok := owner(target); ok && os.Geteuid() != 0 && uid != os.Geteuid() {
		return errOwner(target)
	}
	return nil
}

// keepOwner gives the new file the owner of the old one. If there is no old one, it gives it the owner of the folder.
func keepOwner(f *os.File, target string) error {
	uid, gid, ok := owner(target)
	if !ok {
		return adopt(f.Name())
	}
	if os.Geteuid() == 0 {
		return f.Chown(uid, gid)
	}
	return nil
}

// adopt gives a file that root makes to the owner of its folder.
func adopt(path string) error {
	if uid, gid, ok := owner(filepath.Dir(path)); ok && os.Geteuid() == 0 {
		return os.Lchown(path, uid, gid)
	}
	return nil
}

// syncDir makes a rename survive a crash, if the folder can be read and the file system supports it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// alive tells whether a process runs, whoever owns it.
func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// Update merges what is wanted into the settings file at path, as [Merge] does, and tells whether the file changed. It replaces the
// file in one step, with mode 0600. A symbolic link stays, and its target is replaced. If the folder is missing and its parent
// exists, Update makes the folder with mode 0700. On an error the file is as it was.
//
// Update holds the lock that Droid takes for its own writing.
func Update(path string, w Wanted) (changed bool, err error) {
	target, err := follow(path)
	if err != nil {
		return false, err
	}
	if gone, err := nothingToDo(target, w); gone || err != nil {
		return false, err
	}
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(target)} {
		if err := makeDir(dir); err != nil {
			return false, err
		}
	}
	release, err := lock(path)
	if err != nil {
		if before, e := Load(target); e == nil {
			if after, e := Merge(before, w, droid.SystemManaged(path)); e == nil && bytes.Equal(before, after) {
				return false, nil // where nothing can be written, nothing has to be
			}
		}
		return false, err
	}
	defer release()
	before, err := Load(target)
	if err != nil {
		return false, err
	}
	after, err := Merge(before, w, droid.SystemManaged(path))
	if err != nil {
		return false, &FileError{Path: path, Err: err}
	}
	if bytes.Equal(before, after) {
		return false, tighten(target)
	}
	return true, replace(target, after)
}

var errNotRegular = errors.New("not a regular file")

// FileError names the settings file that an error is about.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string {
	if syntax := (*SyntaxError)(nil); errors.As(e.Err, &syntax) {
		return e.Path + ":" + e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

func (e *FileError) Unwrap() error { return e.Err }

// makeDir makes a folder that only its owner can use, unless it exists.
func makeDir(dir string) error {
	switch err := os.Mkdir(dir, 0o700); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return adopt(dir)
}

// Load reads a settings file. An absent file is empty. Load refuses a named pipe or a device, because reading it might never end.
func Load(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &FileError{path, errNotRegular}
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Expand replaces a leading ~ with the home folder.
func Expand(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, rest), nil
}

// nothingToDo tells whether not even a folder has to be made: there are no models, and there is no file.
func nothingToDo(target string, w Wanted) (bool, error) {
	if string(w.Document) != droid.NoModels {
		return false, nil
	}
	_, err := os.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// follow follows symbolic links to the file to write, which need not exist.
func follow(path string) (string, error) {
	const most = 40 // as in Linux
	target := path
	for range most {
		info, err := os.Lstat(target)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return target, nil
		case err != nil:
			return "", err
		case info.Mode().IsRegular():
			return target, nil
		case info.Mode()&fs.ModeSymlink == 0:
			return "", &FileError{path, errNotRegular}
		}
		link, err := os.Readlink(target)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(target), link)
		}
		target = link
	}
	return "", &FileError{path, errors.New("too many levels of symbolic links")}
}

// tighten makes a file that may hold a token readable only by its owner.
func tighten(target string) error {
	info, err := os.Stat(target)
	if err != nil || info.Mode().Perm() == 0o600 {
		return ignoreAbsent(err)
	}
	return os.Chmod(target, 0o600)
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// replace writes a file beside target and moves it there when it is complete and on disk.
func replace(target string, text []byte) (err error) {
	dir, base := filepath.Split(target)
	pattern := "." + base + ".*.factory-tmp"
	if left, err := filepath.Glob(filepath.Join(quoteGlob(dir), quoteGlob("."+base)+".*.factory-tmp")); err == nil {
		for _, name := range left { // of a run that was killed
			_ = os.RemoveAll(name) // the script leaves a folder
		}
	}
	if err := ownable(target); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(target), pattern)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := keepOwner(f, target); err != nil {
		return err
	}
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	syncDir(filepath.Dir(target))
	return nil
}

// quoteGlob quotes the characters that have a meaning in a pattern.
func quoteGlob(path string) string {
	if filepath.Separator == '\\' {
		return path // Windows has no quoting in patterns; its paths hold no * or ?
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// errOwner says that replacing a file would change its owner.
func errOwner(path string) error {
	return &FileError{path, fmt.Errorf("belongs to another user; run as its owner")}
}

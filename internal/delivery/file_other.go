//go:build !unix

package delivery

import "os"

func ownable(string) error { return nil }

func keepOwner(*os.File, string) error { return nil }

func adopt(string) error { return nil }

func syncDir(string) {}

// alive can't know this here. The lock of a process that has ended is found by its age.
func alive(int) bool { return true }

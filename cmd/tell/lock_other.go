//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package main

import "os"

// lock holds nothing here: directories cannot be locked.
func lock(*os.File, bool) (held bool, err error) { return false, nil }

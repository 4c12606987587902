//go:build !linux

package profile

// peak is not known.
func peak() int64 { return 0 }

//go:build !linux

package input

func (f *File) Advise(offset, n int64) {}

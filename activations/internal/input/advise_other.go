//go:build !linux

package activations

func (f *file) advise(offset, n int64) {}

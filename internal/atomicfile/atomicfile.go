// Package atomicfile writes files that nobody ever sees half of.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const bufferSize = 1 << 16

// Write writes a file beside its final place and moves it there. The name of
// the file on the way begins with a dot; where write fails none is left, and the
// error is that of write, unless it is the file that cannot be written.
func Write(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return Unwritten(path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	to := &sink{f: f}
	buffer := bufio.NewWriterSize(to, bufferSize)
	if err := write(buffer); err != nil {
		if to.err != nil {
			return Unwritten(path, to.err)
		}
		return err
	}
	for _, step := range []func() error{
		buffer.Flush,
		func() error { return f.Chmod(0o644) },
		f.Close,
		func() error { return os.Rename(f.Name(), path) },
	} {
		if err := step(); err != nil {
			return Unwritten(path, err)
		}
	}
	return nil
}

// sink keeps the error of a file apart from those of who writes to it.
type sink struct {
	f   *os.File
	err error
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.f.Write(b)
	if err != nil {
		s.err = err
	}
	return n, err
}

// Unwritten says that path cannot be written. It names no other path, such as that of the
// file on the way.
func Unwritten(path string, err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("%s: cannot be written: %w", path, err)
}

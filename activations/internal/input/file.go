// Package input is what every reader of a file starts from: the open file, what can
// be wrong with it, how much of it may be held, and where unpacked bytes go.
package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// File is an open file whose length is known. Reads go through ReadAt and not
// through a memory map: mapped pages count as resident, and a mapped file that
// shrinks kills the process.
type File struct {
	Path     string // as messages name it
	Size     int64  // bytes
	Modified time.Time
	ETag     string // of an object, see State
	R        io.ReaderAt
}

// Open opens a regular file, or an object.
func Open(path string) (*File, error) {
	if IsRemote(path) {
		return openObject(path)
	}
	// Opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, Plainly(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", Printable(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, Plainly(err)
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, err
	}
	return &File{Path: path, Size: info.Size(), Modified: info.ModTime(), R: f}, nil
}

// InMemory is a file that is read from b.
func InMemory(path string, b []byte) *File {
	return &File{Path: path, Size: int64(len(b)), R: bytes.NewReader(b)}
}

func (f *File) Close() error {
	if c, ok := f.R.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// ReadAt fills b; a file that ends too early is a FormatError on part.
func (f *File) ReadAt(b []byte, offset int64, part string) error {
	n, err := f.R.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	return f.explain(n, err, offset, int64(len(b)), part)
}

// explain names the place where n bytes were read and not all that were wanted.
func (f *File) explain(n int, err error, offset, wanted int64, part string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return &FormatError{File: f.Path, Part: part, Offset: offset,
			Found:    fmt.Sprintf("%d bytes before the end of the file", n),
			Expected: fmt.Sprintf("%d bytes", wanted)}
	}
	return fmt.Errorf("%s at byte %d: %w", Printable(f.Path+": "+part), offset, err)
}

// Head returns the first bytes of the file, fewer if it is shorter.
func (f *File) Head(n int) ([]byte, error) {
	b := make([]byte, min(int64(n), f.Size))
	return b, f.ReadAt(b, 0, "start of the file")
}

// Errorf is a FormatError on a part of the file; offset is -1 where no byte is to
// blame.
func (f *File) Errorf(part string, offset int64, found, expected string, args ...any) error {
	return &FormatError{File: f.Path, Part: part, Offset: offset, Found: found, Expected: fmt.Sprintf(expected, args...)}
}

// StartsAt reports whether magic stands at offset.
func (f *File) StartsAt(offset int64, magic string) (bool, error) {
	if offset > f.Size-int64(len(magic)) {
		return false, nil
	}
	b := make([]byte, len(magic))
	err := f.ReadAt(b, offset, "array")
	return string(b) == magic, err
}

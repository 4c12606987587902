package activations

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// file is an open file whose length is known. Reads go through ReadAt and not
// through a memory map: mapped pages count as resident, and a mapped file that
// shrinks kills the process.
type file struct {
	path string
	size int64
	r    io.ReaderAt
}

func openFile(path string) (*file, error) {
	// Opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, plainly(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", Printable(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plainly(err)
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, err
	}
	return &file{path: path, size: info.Size(), r: f}, nil
}

// inMemory is a file that is read from b.
func inMemory(path string, b []byte) *file {
	return &file{path: path, size: int64(len(b)), r: bytes.NewReader(b)}
}

func (f *file) Close() error {
	if c, ok := f.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// readAt fills b; a file that ends too early is a FormatError on part.
func (f *file) readAt(b []byte, offset int64, part string) error {
	n, err := f.r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return &FormatError{File: f.path, Part: part, Offset: offset,
			Found:    fmt.Sprintf("%d bytes before the end of the file", n),
			Expected: fmt.Sprintf("%d bytes", len(b))}
	}
	return fmt.Errorf("%s at byte %d: %w", Printable(f.path+": "+part), offset, err)
}

// head returns the first bytes of the file, fewer if it is shorter.
func (f *file) head(n int) ([]byte, error) {
	b := make([]byte, min(int64(n), f.size))
	return b, f.readAt(b, 0, "start of the file")
}

func (f *file) errorf(part string, offset int64, found, expected string, args ...any) error {
	return &FormatError{File: f.path, Part: part, Offset: offset, Found: found, Expected: fmt.Sprintf(expected, args...)}
}

// startsAt reports whether magic stands at offset.
func (f *file) startsAt(offset int64, magic string) (bool, error) {
	if offset > f.size-int64(len(magic)) {
		return false, nil
	}
	b := make([]byte, len(magic))
	err := f.readAt(b, offset, "array")
	return string(b) == magic, err
}

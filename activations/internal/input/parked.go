package input

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// MaxOpenFiles is how many files of a dump stay open. A dump with a file for
// every request has thousands, more than a process may hold.
const MaxOpenFiles = 256

// Parked is a file that was closed. It is opened again for every read, and must
// not have changed since.
type Parked struct {
	path     string
	size     int64
	modified time.Time
}

var ErrChanged = errors.New("the file has changed since it was opened")

// Open opens the file again.
func (p *Parked) Open() (*File, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return nil, Plainly(err)
	}
	info, err := f.Stat()
	if err == nil && (info.Size() != p.size || !info.ModTime().Equal(p.modified)) {
		err = fmt.Errorf("%s: %w", Printable(p.path), ErrChanged)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{Path: p.path, Size: info.Size(), Modified: info.ModTime(), R: f}, nil
}

func (p *Parked) ReadAt(b []byte, offset int64) (int, error) {
	f, err := p.Open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.R.ReadAt(b, offset)
}

// Park closes a file that will be opened again when it is read. What is in
// memory alone stays as it is, and nil is returned.
func (f *File) Park() (*Parked, error) {
	open, ok := f.R.(*os.File)
	if !ok {
		return nil, nil
	}
	p := &Parked{f.Path, f.Size, f.Modified}
	f.R = p
	return p, open.Close()
}

package input

import (
	"errors"
	"os"
)

// MaxOpenFiles is how many files of a dump stay open. A dump with a file for
// every request has thousands, more than a process may hold.
const MaxOpenFiles = 256

// parkedFile is opened again for every read, and must not have changed since.
type parkedFile struct {
	path string
	info os.FileInfo
}

var ErrChanged = errors.New("the file has changed since it was opened")

func (p *parkedFile) ReadAt(b []byte, offset int64) (int, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !os.SameFile(info, p.info) || info.Size() != p.info.Size() || !info.ModTime().Equal(p.info.ModTime()) {
		return 0, ErrChanged
	}
	return f.ReadAt(b, offset)
}

// Park closes a file that will be opened again when it is read.
func (f *File) Park() error {
	open, ok := f.R.(*os.File)
	if !ok {
		return nil
	}
	info, err := open.Stat()
	if err != nil {
		return err
	}
	f.R = &parkedFile{f.Path, info}
	return open.Close()
}

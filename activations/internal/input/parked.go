package activations

import (
	"errors"
	"os"
)

// maxOpenFiles is how many files of a dump stay open. A dump with a file for
// every request has thousands, more than a process may hold.
const maxOpenFiles = 256

// parkedFile is opened again for every read, and must not have changed since.
type parkedFile struct {
	path string
	info os.FileInfo
}

var errChanged = errors.New("the file has changed since it was opened")

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
		return 0, errChanged
	}
	return f.ReadAt(b, offset)
}

// park closes a file that will be opened again when it is read.
func (f *file) park() error {
	open, ok := f.r.(*os.File)
	if !ok {
		return nil
	}
	info, err := open.Stat()
	if err != nil {
		return err
	}
	f.r = &parkedFile{f.path, info}
	return open.Close()
}

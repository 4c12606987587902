package activations

import (
	"errors"
	"os"
	"slices"
)

// maxOpenFiles is how many files of a dump stay open. A dump with a file for
// every request has thousands, more than a process may hold.
const maxOpenFiles = 256

// parkable are the formats that read their file through its path and nothing
// else.
var parkable = []string{"npy", "safetensors", rawFormat.name}

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
func (f *file) park(format string) error {
	open, ok := f.r.(*os.File)
	if !ok || !slices.Contains(parkable, format) {
		return nil
	}
	info, err := open.Stat()
	if err != nil {
		return err
	}
	f.r = &parkedFile{f.path, info}
	return open.Close()
}

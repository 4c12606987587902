package input

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"tell/activations/internal/objects"
)

// A path names a file on disk, or an object of a store or behind a URL. All of
// what readers ask of either is in this file, and in Open.

// IsRemote reports whether a path is that of an object.
func IsRemote(path string) bool { return objects.IsRemote(path) }

// Dir is the folder of a file.
func Dir(path string) string {
	if IsRemote(path) {
		return objects.Dir(path)
	}
	return filepath.Dir(path)
}

// Join is a file of a folder.
func Join(dir, name string) string {
	if IsRemote(dir) {
		return objects.Join(dir, name)
	}
	return filepath.Join(dir, name)
}

// State is how a file is that is not open.
type State struct {
	Size     int64
	Modified time.Time
	ETag     string // of an object: what tells it from what it is once it was written again
	Folder   bool
	Regular  bool
}

// Stat finds out how a file is.
func Stat(path string) (State, error) {
	if objects.IsFolder(path) {
		return State{Folder: true}, nil
	}
	if IsRemote(path) {
		o, err := objects.Default().Stat(path)
		if err != nil {
			return State{}, err
		}
		return State{Size: o.Size, Modified: o.Modified, ETag: o.Identity(), Regular: true}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return State{}, err
	}
	return State{Size: info.Size(), Modified: info.ModTime(), Folder: info.IsDir(), Regular: info.Mode().IsRegular()}, nil
}

// Glob lists the files that match a pattern, or the objects of a remote folder.
func Glob(pattern string) ([]string, error) {
	if IsRemote(pattern) {
		return objects.Default().Glob(pattern)
	}
	return filepath.Glob(pattern)
}

// List gives the files of a folder.
func List(dir string) ([]string, error) {
	if IsRemote(dir) {
		return objects.Default().Glob(dir + "/")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		paths = append(paths, filepath.Join(dir, e.Name()))
	}
	return paths, nil
}

// HasPattern reports whether a remote path is a pattern.
func HasPattern(path string) bool { return objects.HasPattern(path) }

func openObject(path string) (*File, error) {
	o, err := objects.Default().Open(path)
	if err != nil {
		return nil, err
	}
	return &File{Path: o.Name(), Size: o.Size, Modified: o.Modified, ETag: o.Identity(), R: o}, nil
}

// object is the object that f lies in, and where, or nil.
func (f *File) object() (o *objects.Object, begin int64) {
	for r := f.R; ; {
		switch at := r.(type) {
		case *objects.Object:
			return at, begin
		case *io.SectionReader:
			outer, offset, _ := at.Outer()
			r, begin = outer, begin+offset
		default:
			return nil, 0
		}
	}
}

// Remote reports whether reads of the file wait for a network.
func (f *File) Remote() bool {
	o, _ := f.object()
	return o != nil
}

// FarApart is the distance from which on bytes of an object are asked for alone. To
// read what lies between takes as long as a request.
const FarApart = 128 << 10

// ReadAlone is ReadAt for bytes of which the next to be read are FarApart.
func (f *File) ReadAlone(b []byte, offset int64, part string) error {
	o, begin := f.object()
	if o == nil || offset > f.Size-int64(len(b)) {
		return f.ReadAt(b, offset, part)
	}
	_, err := o.ReadAlone(b, begin+offset)
	return f.explain(0, err, offset, int64(len(b)), part)
}

// LimitCache bounds the bytes of objects that are kept in memory, and returns the
// bound, which has a least value.
func LimitCache(n int64) int64 { return objects.Default().SetLimit(n) }

// Within ends all reads of objects when the context ends.
func Within(ctx context.Context) { objects.Default().Within(ctx) }

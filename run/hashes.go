package run

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"tell/activations"
	"tell/internal/atomicfile"
)

// hashes are the hashes of inputs that shares of a run tell each other, so that
// one of them reads a large dump for its hash, and not all. A merge takes no
// notice of them and removes them. A nil one knows nothing and keeps nothing.
type hashes struct {
	path  string
	lock  *flock.Flock
	known map[string]hashed // by path
	more  bool
}

// hashed is the hash of a file as it was.
type hashed struct {
	File   string `json:"file"` // see identify
	SHA256 string `json:"sha256"`
}

// Names in the folder of the parts.
const (
	hashesFile = ".hashes.json"
	hashesLock = ".hashes.lock"
)

// openHashes waits until no other share is hashing. Where the folder has no
// locks, each share hashes for itself.
func openHashes(ctx context.Context, dir string) (*hashes, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	h := &hashes{path: filepath.Join(dir, hashesFile), lock: flock.New(filepath.Join(dir, hashesLock)), known: map[string]hashed{}}
	if _, err := h.lock.TryLockContext(ctx, 100*time.Millisecond); err != nil && ctx.Err() != nil {
		return nil, err
	}
	data, err := os.ReadFile(h.path)
	if err == nil && json.Unmarshal(data, &h.known) != nil {
		h.known = map[string]hashed{}
	}
	return h, nil
}

// settled is how long ago a file was written at least whose hash is kept. One
// that was written just now might be written again and look the same.
var settled = 10 * time.Second

// of is the hash of a file, by hash unless it is known of the file as it is.
func (h *hashes) of(f activations.File, hash func() (string, error)) (string, error) {
	if h == nil {
		return hash()
	}
	file, _ := identify(f)
	if k := h.known[f.Path]; file != "" && k.File == file {
		return k.SHA256, nil
	}
	sum, err := hash()
	if err != nil || file == "" {
		return sum, err
	}
	if now, changed := identify(f); now == file && time.Since(changed) > settled {
		h.known[f.Path], h.more = hashed{file, sum}, true
	}
	return sum, nil
}

// close writes what was kept and lets other shares go on.
func (h *hashes) close() (err error) {
	if h == nil {
		return nil
	}
	if h.more {
		err = atomicfile.Write(h.path, func(w io.Writer) error { return json.NewEncoder(w).Encode(h.known) })
	}
	// Two shares that wait for it may now go on at once, and write the same.
	_ = os.Remove(h.lock.Path())
	return errors.Join(err, h.lock.Unlock())
}

// removeHashes removes what shares have told each other.
func removeHashes(dir string) (err error) {
	if dir == "" {
		return nil
	}
	for _, name := range []string{hashesFile, hashesLock} {
		if e := os.Remove(filepath.Join(dir, name)); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

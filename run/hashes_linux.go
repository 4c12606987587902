package run

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"tell/activations"
)

// identify tells a file from others and from what it was before it was written,
// also when several machines see it on a shared disk. changed is when it was
// written last, or its time was set. One that is not as it was when it was
// opened has no identity.
func identify(f activations.File) (file string, changed time.Time) {
	info, err := os.Stat(f.Path)
	if err != nil || info.Size() != f.Size || !info.ModTime().Equal(f.Modified) {
		return "", time.Time{}
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}
	}
	changed = time.Unix(s.Ctim.Unix())
	return fmt.Sprintf("inode %d, %d bytes, written %d, changed %d", s.Ino, f.Size, f.Modified.UnixNano(), changed.UnixNano()), changed
}

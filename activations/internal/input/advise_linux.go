package input

import (
	"os"

	"golang.org/x/sys/unix"
)

// Advise asks the system to bring bytes into its cache.
func (f *File) Advise(offset, n int64) {
	open, ok := f.R.(*os.File)
	if !ok {
		return
	}
	if conn, err := open.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { _ = unix.Fadvise(int(fd), offset, n, unix.FADV_WILLNEED) })
	}
}

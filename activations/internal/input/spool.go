package input

import (
	"errors"
	"fmt"
	"os"
)

// Spool is a temporary file that compressed numbers are unpacked into, once,
// so that any layer can be read again without unpacking and without keeping
// the dump in memory. It follows TMPDIR.
type Spool struct {
	File
	w *os.File
}

// NewSpool makes an empty spool for numbers of the file at path.
func NewSpool(path string) (*Spool, error) {
	w, err := os.CreateTemp("", "tell-*.spool")
	if err != nil {
		return nil, fmt.Errorf("%s: no room to unpack it: %w", path, err)
	}
	// Where the system allows it the name goes at once, so that nothing stays
	// behind whatever ends the process; Close tries again where it does not.
	_ = os.Remove(w.Name())
	return &Spool{File: File{Path: path, R: w}, w: w}, nil
}

// spoolError tells a full disk from a damaged file.
type spoolError struct{ err error }

func (e *spoolError) Error() string { return fmt.Sprintf("unpacking into a temporary file: %v", e.err) }
func (e *spoolError) Unwrap() error { return e.err }

func (s *Spool) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.Size += int64(n)
	if err != nil {
		err = &spoolError{err}
	}
	return n, err
}

// Reserve makes the spool so many bytes long, zeros, for WriteAt.
func (s *Spool) Reserve(size int64) error {
	s.Size = size
	if err := s.w.Truncate(size); err != nil {
		return &spoolError{err}
	}
	return nil
}

// WriteAt writes inside of what is reserved.
func (s *Spool) WriteAt(b []byte, offset int64) (int, error) {
	n, err := s.w.WriteAt(b, offset)
	if err != nil {
		err = &spoolError{err}
	}
	return n, err
}

func (s *Spool) Close() error {
	err := s.w.Close()
	if rm := os.Remove(s.w.Name()); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return err
}

// UnpackError explains why size bytes could not be unpacked.
func UnpackError(f *File, part string, err error, size int64) error {
	var write *spoolError
	if errors.As(err, &write) {
		return err
	}
	return f.Errorf(part, -1, InWords(err), "%d bytes once unpacked", size)
}

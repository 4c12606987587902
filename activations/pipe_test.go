//go:build unix

package activations

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe into which nobody writes is refused at once.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "states.npy")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := Open(Spec{Paths: []string{path}}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("%v, want a refusal", err)
	}
}

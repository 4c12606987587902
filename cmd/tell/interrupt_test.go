//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// long is a study that is far from its end when the signal comes.
const long = `
activations: {path: capitals/hidden_states.npy}
examples: capitals/examples.jsonl
rows: template == 0
target: correct
group: group
probe: {C: {logspace: [-4, 4, 1000]}}
controls: {permutations: 0}
`

// TestInterrupt stops a real process in the midst of training.
func TestInterrupt(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := layOut(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "long.yaml"), []byte(long), 0o644); err != nil {
				t.Fatal(err)
			}
			before := listing(t, dir)

			code, stderr := interrupted(t, dir, sig)
			if code != failed {
				t.Errorf("exit code %d, want %d", code, failed)
			}
			if want := "tell: interrupted, nothing was written\n"; stderr != want {
				t.Errorf("after the signal stderr says %q, want %q", stderr, want)
			}
			if after := listing(t, dir); !slices.Equal(after, before) {
				t.Errorf("the directory holds %q, want %q as before", after, before)
			}
		})
	}
}

// interrupted runs the long study, sends sig as soon as training begins, and
// returns the exit code and what stderr says from then on.
func interrupted(t *testing.T, dir string, sig syscall.Signal) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command("tell", "run", "long.yaml", "-o", "out/report")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	for _, stage := range []string{"hashing", "training probes"} {
		line, err := lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, stage) {
			t.Fatalf("stderr says %q (%v), want the stage of %s", line, err, stage)
		}
	}
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(rest)
}

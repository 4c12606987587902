//go:build unix

package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestKilled kills a run at 8 random moments, starts it again each time, and
// compares what is there in the end with a run that was left alone.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	if err := layOut(dir); err != nil {
		t.Fatal(err)
	}
	tell := func(out string) *exec.Cmd {
		cmd := exec.Command("tell", "run", "study.yaml", "-q", "-o", out)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
		return cmd
	}
	began := time.Now()
	if out, err := tell("whole").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(began)
	rng := rand.New(rand.NewPCG(8, 9))
	for range 8 {
		cmd := tell("killed")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took))))
		cmd.Process.Kill()
		if cmd.Wait() == nil {
			// It came to its end: begin again without its report.
			if err := os.Remove(filepath.Join(dir, "killed", "parts", "text.safetensors")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out, err := tell("killed").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole, killed := tree(t, filepath.Join(dir, "whole")), tree(t, filepath.Join(dir, "killed"))
	for name, data := range whole {
		if string(killed[name]) != string(data) {
			t.Errorf("%s differs from that of a run that was left alone", name)
		}
		delete(killed, name)
	}
	for name := range killed {
		t.Errorf("%s was left behind", name)
	}
}

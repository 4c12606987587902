package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk runs into the end of a disk again and again, each time a little
// further on, and compares what is there in the end with a run that had room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := layOut(dir); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=40k"); err != nil {
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, 0) })
	remount := func(flags uintptr, size int) {
		t.Helper()
		if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, fmt.Sprintf("size=%dk", size)); err != nil {
			t.Fatal(err)
		}
	}
	tell := func(out string) (string, error) {
		cmd := exec.Command("tell", "run", "study.yaml", "-q", "-o", out)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	if text, err := tell("whole"); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	whole := tree(t, filepath.Join(dir, "whole"))
	delete(whole, studyFile) // the path from there
	report := filepath.Join(disk, "report")
	kept := 0
	for size := 40; ; size *= 4 {
		remount(0, size)
		text, err := tell(report)
		if err == nil {
			break
		}
		if !strings.Contains(text, "no space left on device") {
			t.Fatalf("of %d KiB: %s", size, text)
		}
		found := tree(t, disk)
		delete(found, filepath.Join("report", studyFile))
		for name, data := range found {
			in, _ := filepath.Rel("report", name)
			if string(whole[in]) != string(data) {
				t.Errorf("of %d KiB: %s is not as in the end", size, name)
			}
			if filepath.Dir(in) != partsFolder {
				t.Errorf("of %d KiB: %s is there before the others", size, name)
			}
		}
		if len(found) < kept {
			t.Errorf("of %d KiB: %d parts, %d before", size, len(found), kept)
		}
		if kept = len(found); kept > 0 && !strings.Contains(text, "make room, and the same command goes on from there") {
			t.Errorf("of %d KiB: %s", size, text)
		}
	}
	if kept == 0 {
		t.Error("no run was stopped with parts")
	}
	got := tree(t, report)
	delete(got, studyFile)
	for name, data := range whole {
		if string(got[name]) != string(data) {
			t.Errorf("%s differs from that of a run that had room", name)
		}
	}
	if len(got) != len(whole) {
		t.Errorf("%d files, expected %d", len(got), len(whole))
	}

	// A disk that cannot be written is refused before any work.
	remount(syscall.MS_RDONLY, 10<<10)
	for _, out := range []string{report, filepath.Join(disk, "other")} {
		text, err := tell(out)
		if err == nil || !strings.Contains(text, "cannot be written") || !strings.Contains(text, "read-only file system") {
			t.Errorf("%s: %v: %s", out, err, text)
		}
	}
}

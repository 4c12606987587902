package run_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tell/run"
	"tell/study"
)

// TestInputsThatChange overwrites inputs while a run reads them.
func TestInputsThatChange(t *testing.T) {
	overwrite := func(t *testing.T, path string, data []byte) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt(data, 0); err != nil {
			t.Fatal(err)
		}
		touch(t, path)
	}
	flipped := func(data []byte) []byte {
		data[len(data)-3] ^= 1
		return data
	}
	states := func(s *study.Study) string { return s.Spec().Paths[0] }
	for name, test := range map[string]struct {
		stage  string // before which it happens
		path   func(s *study.Study) string
		change func(t *testing.T, path string, data []byte)
		ok     bool
	}{
		"states in place":          {"cells", states, func(t *testing.T, path string, data []byte) { overwrite(t, path, flipped(data)) }, false},
		"states before the hash":   {"hashes", states, func(t *testing.T, path string, data []byte) { overwrite(t, path, flipped(data)) }, false},
		"examples before the hash": {"hashes", (*study.Study).ExamplesPath, func(t *testing.T, path string, data []byte) { overwrite(t, path, flipped(data)) }, false},
		"examples after":           {"cells", (*study.Study).ExamplesPath, func(t *testing.T, path string, data []byte) { overwrite(t, path, flipped(data)) }, true},
		"only touched":             {"cells", states, func(t *testing.T, path string, _ []byte) { touch(t, path) }, true},
		"the same again":           {"cells", states, overwrite, true},
		"cut short": {"cells", states, func(t *testing.T, path string, data []byte) {
			if err := os.Truncate(path, int64(len(data)/2)); err != nil {
				t.Fatal(err)
			}
		}, false},
		"replaced": {"cells", states, func(t *testing.T, path string, data []byte) {
			if err := os.WriteFile(path+".new", flipped(data), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
			touch(t, path)
		}, false},
		"gone": {"cells", states, func(t *testing.T, path string, _ []byte) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := toy(t, nil, "")
			dir, done := filepath.Join(t.TempDir(), "parts"), false
			path := test.path(s)
			_, _, err := run.Run(t.Context(), s, run.Options{Parts: dir, Workers: 1, Progress: func(stage string, _, _ int) {
				if done || stage != test.stage {
					return
				}
				done = true
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				test.change(t, path, data)
			}})
			if !done {
				t.Fatal("nothing was changed")
			}
			if test.ok {
				if err != nil {
					t.Errorf("found error %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), path+": changed while it was read: found ") && !strings.Contains(err.Error(), path+": gone while it was read: ") {
				t.Errorf("found error %v", err)
			}
			if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
				t.Errorf("found the parts %v, expected none of states that changed", entries)
			}
		})
	}
}

// touch sets the time of a file to one that it did not have.
func touch(t *testing.T, path string) {
	t.Helper()
	now := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, now, now); err != nil {
		t.Fatal(err)
	}
}

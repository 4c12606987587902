package run_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tell/result"
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
			_, _, err := run.Run(t.Context(), s, run.Options{Parts: dir, Workers: 1, Progress: func(step run.Step) {
				if done || step.Stage != test.stage {
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

// The examples of a dump that is compared are an input as any other.
func TestInputsOfComparedDumps(t *testing.T) {
	base := toy(t, nil, "id: question\n")
	other := filepath.Join(t.TempDir(), "other.jsonl")
	s := load(t, string(base.Source)+fmt.Sprintf("dumps: {other: {path: %q, examples: %q, same_space: true}}\ncompare:\n- {dumps: [other], margin: .05}\n", base.Spec().Paths[0], other))
	data, err := os.ReadFile(s.ExamplesPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, data, 0o666); err != nil {
		t.Fatal(err)
	}
	r, scores := runs(t, s, run.Options{})
	if got := r.Provenance.Files; !slices.ContainsFunc(got, func(f result.Input) bool { return f.Path == filepath.Base(other) }) {
		t.Errorf("found the inputs %+v, expected %s among them", got, other)
	}
	for _, score := range scores {
		if score.Run != r.Run() || r.Run() == "" {
			t.Fatalf("found run %q in %+v, expected %q", score.Run, score, r.Run())
		}
	}
	// One byte of space changes no number.
	if err := os.WriteFile(other, append(data, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
	again, _ := runs(t, s, run.Options{})
	if again.Provenance.Plan == r.Provenance.Plan {
		t.Error("other examples of a compared dump give the same plan")
	}
	flipped := strings.Replace(strings.Replace(string(data), `"y": 0`, `"y": 2`, 1), `"y": 1`, `"y": 0`, 1)
	if err := os.WriteFile(other, []byte(strings.Replace(flipped, `"y": 2`, `"y": 1`, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := run.Run(t.Context(), s, run.Options{}); err == nil || !strings.Contains(err.Error(), "dumps are compared on one label, so write that of the study into both tables") {
		t.Errorf("found error %v, expected one about the label", err)
	}
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tell/report"
	"tell/result"
)

// filled writes the files into a directory.
func filled(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// holds compares all files below a directory with those expected.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name, data := range tree(t, dir) {
		got[filepath.ToSlash(name)] = string(data)
	}
	if !maps.Equal(got, want) {
		t.Errorf("found %q, expected %q", got, want)
	}
}

var (
	oldReport = map[string]string{result.ResultsFile: "old", result.TableFile: "old", report.PageFile: "old", "notes": "mine"}
	newReport = map[string]string{result.ResultsFile: "new", result.TableParquet: "new", report.PageFile: "new"}
	published = map[string]string{result.ResultsFile: "new", result.TableParquet: "new", report.PageFile: "new", "notes": "mine"}
)

// TestPublish checks that a directory takes all new files or none.
func TestPublish(t *testing.T) {
	broken := errors.New("broken")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		err  error // of writing
		want map[string]string
	}{
		{"whole", t.Context(), nil, published},
		{"failed", t.Context(), broken, oldReport},
		{"interrupted", cancelled, nil, oldReport},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			filled(t, dir, oldReport)
			d, err := openDirectory(dir, false)
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			err = d.publish(test.ctx, reportFiles(), func(stage string) error {
				filled(t, stage, newReport)
				return test.err
			})
			if want := errors.Join(test.err, test.ctx.Err()); (err == nil) != (want == nil) {
				t.Fatalf("found error %v, expected %v", err, want)
			}
			holds(t, dir, test.want)
		})
	}
}

// TestSettle stops a process after every step with which a new report comes to
// its place, and has the next one go on.
func TestSettle(t *testing.T) {
	names := slices.Sorted(maps.Keys(newReport))
	for done := range len(names) + 4 {
		dir := t.TempDir()
		filled(t, dir, oldReport)
		filled(t, dir, map[string]string{".tell-elsewhere-1-2/report/results.json": "half"})
		pending := filepath.Join(dir, pendingFolder)
		filled(t, pending, newReport)
		filled(t, pending, map[string]string{goneFile: result.TableFile + "\nlayers.svg\n"})
		steps := []func() error{func() error { return os.Remove(filepath.Join(dir, result.TableFile)) }}
		for _, name := range names {
			steps = append(steps, func() error { return os.Rename(filepath.Join(pending, name), filepath.Join(dir, name)) })
		}
		steps = append(steps,
			func() error { return os.Remove(filepath.Join(pending, goneFile)) },
			func() error { return os.Remove(pending) })
		for _, step := range steps[:done] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		d, err := openDirectory(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		if d.locked {
			holds(t, dir, published)
		}
		d.close()
	}
}

// TestSettleRefuses checks that a pending folder from a stranger touches
// nothing but files of a report.
func TestSettleRefuses(t *testing.T) {
	for name, pending := range map[string]map[string]string{
		"gone":     {goneFile: "../notes\n"},
		"a folder": {goneFile: "", "parts/x": "new"},
		"a file":   {goneFile: "", "notes": "new"},
		"no list":  {result.ResultsFile: "new"},
	} {
		dir := t.TempDir()
		filled(t, dir, oldReport)
		filled(t, filepath.Join(dir, pendingFolder), pending)
		if _, err := openDirectory(dir, false); err == nil || !strings.HasPrefix(err.Error(), dir+": a new report is whole in .tell-pending") {
			t.Errorf("%s: found error %v", name, err)
		}
		if err := os.RemoveAll(filepath.Join(dir, pendingFolder)); err != nil {
			t.Fatal(err)
		}
		holds(t, dir, oldReport)
	}
}

// TestLock checks who may be in a directory together.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ first, second, busy bool }{
		{false, false, true}, {false, true, true}, {true, false, true}, {true, true, false},
	} {
		first, err := openDirectory(dir, test.first)
		if err != nil {
			t.Fatal(err)
		}
		if !first.locked {
			t.Skip("this file system has no locks")
		}
		second, err := openDirectory(dir, test.second)
		if errors.Is(err, errBusy) != test.busy {
			t.Errorf("%+v: found error %v", test, err)
		}
		if err == nil {
			second.close()
		}
		first.close()
	}
	d, err := openDirectory(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	d.close()
}

// TestNothingMade checks that no directory stays that nothing came into.
func TestNothingMade(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir, map[string]string{"study.yaml": "a"})
	before := listing(t, dir)
	d, err := outputFlags{Output: filepath.Join(dir, "deep", "report")}.open(filepath.Join(dir, "study.yaml"), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.publish(t.Context(), nil, func(string) error { return errors.New("broken") }); err == nil {
		t.Fatal("no error")
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	if after := listing(t, dir); !slices.Equal(after, before) {
		t.Errorf("found %q, want %q as before", after, before)
	}
}

// TestOtherStudy checks that a report is kept from another study.
func TestOtherStudy(t *testing.T) {
	t.Chdir(t.TempDir())
	filled(t, ".", map[string]string{"a/study.yaml": "a", "b/study.yaml": "b"})
	publish := func(study string, f outputFlags) error {
		d, err := f.open(study, false)
		if err != nil {
			return err
		}
		defer d.close()
		return d.publish(t.Context(), reportFiles(), func(stage string) error {
			filled(t, stage, map[string]string{result.ResultsFile: study})
			return nil
		})
	}
	for _, test := range []struct {
		study   string
		flags   outputFlags
		refused bool
	}{
		{"a/study.yaml", outputFlags{}, false},
		{"a/study.yaml", outputFlags{}, false},
		{"./b/../a/study.yaml", outputFlags{}, false},
		{"b/study.yaml", outputFlags{}, true},
		{"b/study.yaml", outputFlags{Output: "study-report"}, true},
		{"b/study.yaml", outputFlags{Output: "study-report", Force: true}, false},
		{"a/study.yaml", outputFlags{}, true},
		{"a/study.yaml", outputFlags{Force: true}, false},
	} {
		err := publish(test.study, test.flags)
		if refused := err != nil; refused != test.refused {
			t.Fatalf("%+v: found error %v", test, err)
		}
		if err != nil && !strings.Contains(err.Error(), "study-report: found the report or parts of ") {
			t.Errorf("%+v: found error %v", test, err)
		}
	}
	// A study that was moved keeps its report.
	if err := os.Rename("a/study.yaml", "study.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := publish("study.yaml", outputFlags{}); err != nil {
		t.Error(err)
	}
	if err := os.Rename("study.yaml", "renamed.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := publish("renamed.yaml", outputFlags{Output: "study-report"}); err == nil {
		t.Error("found no error for a study of another name")
	}
}

// listing names all files below dir.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// outputFlag is what differs between results of one study in two directories.
var outputFlag = regexp.MustCompile(`(tell run study\.yaml) -o [^"<]+`)

// tree reads all files below a directory, without outputFlag.
func tree(t *testing.T, root string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[name] = outputFlag.ReplaceAll(data, []byte("$1"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

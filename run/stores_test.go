package run_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tell/result"
	"tell/run"
	"tell/study"
)

// remote is a study whose files a server has; version is a part of their ETags.
func remote(t *testing.T, s *study.Study) (_ *study.Study, version *atomic.Int64) {
	t.Helper()
	dir := filepath.Dir(s.ExamplesPath())
	version = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", fmt.Sprintf(`"%s %d"`, filepath.Base(r.URL.Path), version.Load()))
		http.ServeFile(w, r, filepath.Join(dir, filepath.Base(r.URL.Path)))
	}))
	t.Cleanup(server.Close)
	return load(t, strings.ReplaceAll(string(s.Source), dir, server.URL)), version
}

// written is the files of a result but for what names the run.
func written(t *testing.T, r *result.Result, scores []result.Score) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(result.WriteTable(filepath.Join(dir, "t.csv"), r), result.WriteScores(filepath.Join(dir, "s.csv"), scores)); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(dir, "t.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := os.ReadFile(filepath.Join(dir, "s.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(append(table, rows...), []byte(r.Run()), nil)
}

// A study whose dump and table are behind URLs has the results of one on disk. Its
// parts are made on several machines and are refused once an object has changed.
func TestInputsInStores(t *testing.T) {
	disk := toy(t, nil, "")
	want, wantScores := runs(t, disk, run.Options{})
	s, version := remote(t, disk)
	parts := filepath.Join(t.TempDir(), "parts")
	for i := 1; i <= 2; i++ {
		if err := run.Share(t.Context(), s, run.Options{Parts: parts, Memory: 1 << 30}, i, 2); err != nil {
			t.Fatal(err)
		}
	}
	got, scores, err := run.Merge(t.Context(), s, run.Options{Parts: parts})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written(t, got, scores), written(t, want, wantScores)) {
		t.Error("found other results than from disk")
	}
	for i, name := range []string{"x.npy", "table.jsonl"} {
		f, path := got.Provenance.Files[i], disk.Spec().Paths[0]
		if i == 1 {
			path = disk.ExamplesPath()
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Size != info.Size() || f.ETag != name+" 0" || f.SHA256 != "" || !strings.HasSuffix(f.Path, "/"+name) || !strings.HasPrefix(f.Path, "http://") {
			t.Errorf("found the input %+v", f)
		}
	}

	version.Store(1)
	_, _, err = run.Merge(t.Context(), s, run.Options{Parts: parts})
	if err == nil || !strings.Contains(err.Error(), "etag x.npy 0") || !strings.Contains(err.Error(), "etag x.npy 1") {
		t.Errorf("found %v, expected both ETags", err)
	}
}

// A table that is written again while it is read is refused.
func TestTableInStoreThatChanges(t *testing.T) {
	s, version := remote(t, toy(t, nil, ""))
	_, _, err := run.Run(t.Context(), s, run.Options{Workers: 1, Progress: func(step run.Step) {
		if step.Stage == "hashes" {
			version.Store(1)
		}
	}})
	if err == nil || !strings.Contains(err.Error(), "table.jsonl: changed while it was read: found ETag table.jsonl 1, expected table.jsonl 0") {
		t.Errorf("found %v", err)
	}
}

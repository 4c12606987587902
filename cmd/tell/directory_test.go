package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestPublish checks that a directory takes all new files or none.
func TestPublish(t *testing.T) {
	write := func(names ...string) func(string) error {
		return func(dir string) error {
			for _, name := range names {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("new"), 0o644); err != nil {
					return err
				}
			}
			return nil
		}
	}
	broken := errors.New("broken")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name  string
		ctx   context.Context
		write func(string) error
		err   error
		want  map[string]string
	}{
		{"whole", t.Context(), write("a", "c"), nil, map[string]string{"a": "new", "c": "new", "notes": "old"}},
		{"failed", t.Context(), func(dir string) error { return errors.Join(write("a", "c")(dir), broken) }, broken,
			map[string]string{"a": "old", "b": "old", "notes": "old"}},
		{"interrupted", cancelled, write("a", "c"), context.Canceled,
			map[string]string{"a": "old", "b": "old", "notes": "old"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"a", "b", "notes"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := publish(test.ctx, dir, []string{"a", "b", "c"}, test.write); !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			for path, want := range test.want {
				got, err := os.ReadFile(filepath.Join(dir, path))
				if err != nil || string(got) != want {
					t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
				}
			}
			if got := listing(t, dir); len(got) != len(test.want)+1 {
				t.Errorf("found %q, want %d files", got, len(test.want))
			}
		})
	}
}

// TestPublishNowhere checks that a failure leaves no new directory behind.
func TestPublishNowhere(t *testing.T) {
	dir := t.TempDir()
	before := listing(t, dir)
	err := publish(t.Context(), filepath.Join(dir, "deep", "report"), nil, func(string) error { return errors.New("broken") })
	if err == nil {
		t.Fatal("no error")
	}
	if after := listing(t, dir); !slices.Equal(after, before) {
		t.Errorf("found %q, want %q as before", after, before)
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

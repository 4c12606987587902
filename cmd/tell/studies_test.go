package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"tell/report"
	"tell/run"
	"tell/study"
)

// What the comparisons of the example studies say, with one C, few draws and no
// permutations.
func TestExampleStudies(t *testing.T) {
	for _, name := range []string{"pressure", "constraints", "tuned", "steered"} {
		t.Run(name, func(t *testing.T) {
			s, err := study.Load(filepath.Join("../../testdata", name, "study.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			s.Probe.C, s.Text = study.Grid{0.01}, ""
			s.Controls.Permutations, s.Controls.Bootstrap = 0, 100
			r, _, err := run.Run(t.Context(), s, run.Options{Parts: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			got := []byte(strings.Join(report.Compared(r), "\n") + "\n")
			path := filepath.Join("testdata", "studies", name+".golden")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(path, want, "found", got); d != nil {
				t.Errorf("%s", d)
			}
		})
	}
}

package result

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRunOf(t *testing.T) {
	r, scores := made(), madeScores()
	dir := t.TempDir()
	if err := Write(dir, r, scores); err != nil {
		t.Fatal(err)
	}
	for _, name := range Files() {
		if got, err := RunOf(filepath.Join(dir, name)); got != "02" || err != nil {
			t.Errorf("%s: found run %q, %v, expected %q", name, got, err, "02")
		}
	}
	r.Provenance.Plan = ""
	for i := range scores {
		scores[i].Run = ""
	}
	if err := Write(dir, r, scores); err != nil {
		t.Fatal(err)
	}
	for _, name := range Files() {
		if got, err := RunOf(filepath.Join(dir, name)); got != "" || err != nil {
			t.Errorf("%s: found run %q, %v, expected none", name, got, err)
		}
	}
	for name, text := range map[string]string{"empty.csv": "", "head.csv": "run\n", "other.csv": "a,b\n1,2\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := RunOf(path); got != "" || err != nil {
			t.Errorf("%s: found run %q, %v, expected none", name, got, err)
		}
	}
	path := filepath.Join(dir, "short.csv")
	if err := os.WriteFile(path, []byte("a,run\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := RunOf(path); err == nil {
		t.Error("a row that is too short: found no error")
	}
}

func TestRunIsInert(t *testing.T) {
	for plan, want := range map[string]string{
		"": "", "02": "02", "0123456789abcdef0123": "0123456789abcdef", "--><b>": "", "é": "",
	} {
		r := Result{Provenance: Provenance{Plan: plan}}
		if got := r.Run(); got != want {
			t.Errorf("plan %q: found run %q, expected %q", plan, got, want)
		}
	}
}

package run_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/run"
)

// Shares of a run tell each other the hashes of the inputs, and a merge takes
// none of them on trust.
func TestSharedHashes(t *testing.T) {
	s := richToy(t)
	o := run.Options{Parts: filepath.Join(t.TempDir(), "parts")}
	share := func(i int) {
		t.Helper()
		if err := run.Share(t.Context(), s, o, i, 2); err != nil {
			t.Fatal(err)
		}
	}
	type hashed struct{ File, SHA256 string }
	file := filepath.Join(o.Parts, ".hashes.json")
	read := func() map[string]hashed {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var known map[string]hashed
		if err := json.Unmarshal(data, &known); err != nil {
			t.Fatal(err)
		}
		return known
	}
	write := func(known map[string]hashed) {
		t.Helper()
		data, err := json.Marshal(known)
		if err == nil {
			err = os.WriteFile(file, data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	states := s.Spec().Paths[0]

	// What was written just now is not kept.
	share(1)
	if _, err := os.Stat(file); err == nil {
		t.Errorf("hashes of files that were just written were kept: %v", read())
	}
	was := *run.Settled
	t.Cleanup(func() { *run.Settled = was })
	*run.Settled = 0
	share(1)
	known := read()
	data, err := os.ReadFile(states)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if known[states].SHA256 != hex.EncodeToString(sum[:]) || len(known) != 2 {
		t.Fatalf("found %v, expected the hash of two files, of %s %x", known, states, sum)
	}

	// A share takes what another has left, unless the file is another one now.
	wrong := known[states]
	wrong.SHA256 = strings.Repeat("0", 64)
	known[states] = wrong
	write(known)
	share(2)
	if _, _, err := run.Merge(t.Context(), s, o); err == nil || !strings.Contains(err.Error(), wrong.SHA256) {
		t.Errorf("merged with error %v, want one that names the wrong hash %s", err, wrong.SHA256)
	}
	wrong.File = "another"
	known[states] = wrong
	write(known)
	share(1)
	share(2)
	if got := read()[states]; got.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("found %v, expected it hashed anew", got)
	}
	if err := os.WriteFile(file, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	share(1)
	r, scores, err := run.Merge(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	whole, all := runs(t, s, run.Options{})
	if printed(t, r, scores) != printed(t, whole, all) {
		t.Error("shares give other bytes")
	}
	entries, err := filepath.Glob(filepath.Join(o.Parts, ".*"))
	if err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

package run_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/internal/safetensors"
	"tell/result"
	"tell/run"
	"tell/study"
)

// printed is everything that a run leaves.
func printed(t *testing.T, r *result.Result, scores []result.Score) string {
	t.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n%+v", raw, scores)
}

// richToy has text and nuisances, so that there are parts of baselines too.
func richToy(t *testing.T) *study.Study {
	return toy(t, nil, "text: question\nnuisance: [item]\ndecision: {acts_as_0: act == 0, acts_as_1: act == 1}\n")
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A study in one piece, in memory or in files, in shares that are merged, and
// taken up again from some of its parts gives the same bytes.
func TestPartsGiveTheSameBytes(t *testing.T) {
	s := richToy(t)
	r, scores := runs(t, s, run.Options{})
	whole := printed(t, r, scores)

	dir := filepath.Join(t.TempDir(), "parts")
	r, scores = runs(t, s, run.Options{Parts: dir})
	if printed(t, r, scores) != whole {
		t.Error("a run that keeps its parts gives other bytes")
	}
	want := []string{"layer-000-position-000.safetensors", "layer-001-position-000.safetensors", "nuisance.safetensors", "text.safetensors"}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}

	shares := filepath.Join(t.TempDir(), "parts")
	for i := 3; i >= 1; i-- {
		if err := run.Share(t.Context(), s, run.Options{Parts: shares}, i, 3); err != nil {
			t.Fatal(err)
		}
		if _, _, err := run.Merge(t.Context(), s, run.Options{Parts: shares}); (err == nil) != (i == 1) {
			t.Fatalf("merged after share %d: %v", i, err)
		} else if i == 3 && !strings.Contains(err.Error(), "3 of 4 parts are missing: layer-000-position-000, layer-001-position-000, nuisance") {
			t.Errorf("error %v", err)
		}
	}
	r, scores, err := run.Merge(t.Context(), s, run.Options{Parts: shares})
	if err != nil {
		t.Fatal(err)
	}
	if printed(t, r, scores) != whole {
		t.Error("merged parts give other bytes")
	}
	for _, name := range want {
		a, _ := os.ReadFile(filepath.Join(dir, name))
		b, _ := os.ReadFile(filepath.Join(shares, name))
		if !bytes.Equal(a, b) {
			t.Errorf("%s of a share differs from that of the whole", name)
		}
	}

	// A kill leaves some parts and perhaps one that was being written.
	if err := os.Remove(filepath.Join(dir, want[1])); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(filepath.Join(dir, want[0]))
	os.WriteFile(filepath.Join(dir, ".text.123"), []byte("half"), 0o666)
	os.WriteFile(filepath.Join(dir, "layer-099-position-000.safetensors"), []byte("of an earlier study"), 0o666)
	notes := filepath.Join(dir, "notes.txt")
	os.WriteFile(notes, []byte("of somebody"), 0o666)
	r, scores = runs(t, s, run.Options{Parts: dir})
	if printed(t, r, scores) != whole {
		t.Error("a run that was taken up again gives other bytes")
	}
	if after, _ := os.Stat(filepath.Join(dir, want[0])); !os.SameFile(before, after) {
		t.Error("a part that fitted was made anew")
	}
	if err := os.Remove(notes); err != nil {
		t.Errorf("a file that is no part was taken away: %v", err)
	}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
}

// A part with one byte changed, cut off, or of another study or cell is made
// anew by a run and refused by a merge.
func TestPartsThatDoNotFit(t *testing.T) {
	s := richToy(t)
	r, scores := runs(t, s, run.Options{})
	whole := printed(t, r, scores)
	dir := filepath.Join(t.TempDir(), "parts")
	runs(t, s, run.Options{Parts: dir})
	path := filepath.Join(dir, "layer-001-position-000.safetensors")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := richToy(t)
	other.Seed = 2
	other.Source = append(other.Source, "seed: 2\n"...)
	if err := os.WriteFile(other.Path, other.Source, 0o666); err != nil {
		t.Fatal(err)
	}
	otherDir := filepath.Join(t.TempDir(), "parts")
	runs(t, other, run.Options{Parts: otherDir})
	foreign, err := os.ReadFile(filepath.Join(otherDir, "layer-001-position-000.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	sibling, err := os.ReadFile(filepath.Join(dir, "layer-000-position-000.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"cut off", good[:len(good)/2], ""},
		{"empty", nil, ""},
		{"a number", flipped(len(good) - 3), "damaged"},
		{"the header", flipped(40), ""},
		{"another study", foreign, "found a part of the study"},
		{"another cell", sibling, "found the part of layer 0, position 0, expected that of layer 1, position 0"},
	} {
		if err := os.WriteFile(path, c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		_, _, err := run.Merge(t.Context(), s, run.Options{Parts: dir})
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: merged with error %v, want one that names the part and says %q", c.name, err, c.want)
		}
		r, scores := runs(t, s, run.Options{Parts: dir})
		if printed(t, r, scores) != whole {
			t.Errorf("%s: the run gives other bytes", c.name)
		}
		if again, _ := os.ReadFile(path); !bytes.Equal(again, good) {
			t.Errorf("%s: the part was not made anew as it was", c.name)
		}
	}
}

// A part whose checksum is right but whose facts are not, as only somebody who
// means harm writes it, is refused and stops nothing but itself.
func TestPartsThatClaimTooMuch(t *testing.T) {
	s := richToy(t)
	r, scores := runs(t, s, run.Options{})
	whole := printed(t, r, scores)
	dir := filepath.Join(t.TempDir(), "parts")
	runs(t, s, run.Options{Parts: dir})
	without := func(names ...string) func([]safetensors.Tensor) []safetensors.Tensor {
		return func(list []safetensors.Tensor) []safetensors.Tensor {
			return slices.DeleteFunc(list, func(t safetensors.Tensor) bool { return slices.Contains(names, t.Name) })
		}
	}
	same := without()
	for _, c := range []struct {
		part, facts, claim string
		tensors            func([]safetensors.Tensor) []safetensors.Tensor
		want               string
	}{
		{"text", `"repeats":1`, `"repeats":4611686018427387904`, func(list []safetensors.Tensor) []safetensors.Tensor {
			return append(without("score")(list), safetensors.Float64("score", []int{0}, nil))
		}, "score: found 0 numbers"},
		{"text", `"trained":true`, `"trained":false`, same, "scores: found false, expected true"},
		{"layer-000-position-000", `"trained":true`, `"trained":false`, same, ""},
		{"layer-000-position-000", `"tested":true`, `"tested":false`, same, "permuted labels: found false, expected true"},
		{"text", `"tested":false`, `"tested":true`, func(list []safetensors.Tensor) []safetensors.Tensor {
			return append(list, safetensors.Float64("null", []int{19}, make([]float64, 19)))
		}, "permuted labels: found true, expected false"},
		{"layer-001-position-000", `"repeats":1`, `"repeats":1`, without("states"), "fingerprints"},
		{"layer-001-position-000", `"repeats":1`, `"repeats":1`, func(list []safetensors.Tensor) []safetensors.Tensor {
			list = without("weight", "mean", "scale")(list)
			for _, name := range []string{"weight", "mean", "scale"} {
				list = append(list, safetensors.Float64(name, []int{5, 1}, make([]float64, 5)))
			}
			return list
		}, "weight: found 1, expected 3"},
	} {
		path := filepath.Join(dir, c.part+".safetensors")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tensors, metadata, err := safetensors.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(metadata["facts"], c.facts) {
			t.Fatalf("%s: facts %s lack %s", c.part, metadata["facts"], c.facts)
		}
		metadata["facts"] = strings.Replace(metadata["facts"], c.facts, c.claim, 1)
		tensors = c.tensors(tensors)
		var b bytes.Buffer
		if err := safetensors.Write(&b, tensors, safetensors.Seal(tensors, metadata)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		_, _, err = run.Merge(t.Context(), s, run.Options{Parts: dir})
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %s: merged with error %v, want one that names the part and says %q", c.part, c.claim, err, c.want)
		}
		r, scores := runs(t, s, run.Options{Parts: dir})
		if printed(t, r, scores) != whole {
			t.Errorf("%s with %s: the run gives other bytes", c.part, c.claim)
		}
	}
}

// A part without its checksum is refused like one with another.
func TestPartWithoutChecksum(t *testing.T) {
	s := richToy(t)
	dir := filepath.Join(t.TempDir(), "parts")
	runs(t, s, run.Options{Parts: dir})
	path := filepath.Join(dir, "text.safetensors")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tensors, metadata, err := safetensors.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	delete(metadata, safetensors.Checksum)
	var b bytes.Buffer
	if err := safetensors.Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err = run.Merge(t.Context(), s, run.Options{Parts: dir})
	if want := path + ": found no checksum"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// Shares are counted from 1, and more of them than cells are no error.
func TestShares(t *testing.T) {
	s := richToy(t)
	for _, c := range []struct {
		i, n  int
		parts []string // nil where the share is refused
	}{
		{1, 2, []string{"layer-000-position-000.safetensors", "text.safetensors"}},
		{2, 2, []string{"layer-001-position-000.safetensors", "nuisance.safetensors"}},
		{4, 4, []string{"nuisance.safetensors"}},
		{2, math.MaxInt, []string{"layer-001-position-000.safetensors"}},
		{9, 9, []string{}},
		{0, 2, nil},
		{3, 2, nil},
		{1, 0, nil},
	} {
		dir := t.TempDir()
		err := run.Share(t.Context(), s, run.Options{Parts: dir}, c.i, c.n)
		if (err == nil) != (c.parts != nil) {
			t.Errorf("share %d of %d: error %v", c.i, c.n, err)
		}
		if got := files(t, dir); !slices.Equal(got, c.parts) {
			t.Errorf("share %d of %d: parts %q, want %q", c.i, c.n, got, c.parts)
		}
	}
}

// The text of the study that was read counts, not what its file holds by the
// time that the inputs are hashed.
func TestStudyThatChangesMeanwhile(t *testing.T) {
	s := richToy(t)
	want, _ := runs(t, s, run.Options{})
	if err := os.WriteFile(s.Path, []byte("something else"), 0o666); err != nil {
		t.Fatal(err)
	}
	got, _ := runs(t, s, run.Options{})
	if got.Provenance.Study != want.Provenance.Study || got.Provenance.Plan != want.Provenance.Plan {
		t.Errorf("study %+v and plan %s, want %+v and %s as read", got.Provenance.Study, got.Provenance.Plan, want.Provenance.Study, want.Provenance.Plan)
	}
}

// The plan holds all that a number depends on: the states, the examples, and
// what the study asks for beside its folds.
func TestPartsOfOtherInputs(t *testing.T) {
	for name, change := range map[string]func(s *study.Study) (path string, old, new string){
		"states":   func(s *study.Study) (string, string, string) { return s.Spec().Paths[0], "", "" },
		"examples": func(s *study.Study) (string, string, string) { return s.ExamplesPath(), `"q7"`, `"p7"` },
		"study":    func(s *study.Study) (string, string, string) { return s.Path, "permutations: 19", "permutations: 20" },
	} {
		s := richToy(t)
		o := run.Options{Parts: filepath.Join(t.TempDir(), "parts")}
		runs(t, s, o)
		path, old, new := change(s)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if old == "" {
			data[len(data)-3] ^= 1
		} else {
			data = bytes.Replace(data, []byte(old), []byte(new), 1)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		again, err := study.Load(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		says := fmt.Sprintf("%[1]s, sha256 %[2]x\", expected \"%[1]s, sha256 %[3]x\"", filepath.Base(path), sha256.Sum256(before), sha256.Sum256(data))
		if _, _, err := run.Merge(t.Context(), again, o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: merged with error %v, want one that says %q", name, err, says)
		}
	}
}

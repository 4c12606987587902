package activations

import (
	"path/filepath"
	"slices"
	"testing"
)

// Files lists all that the states depend on, and not only what was named.
func TestFilesAreAllThatIsRead(t *testing.T) {
	for name, want := range map[string][]string{
		"memmap_f2.dat":                  {"memmap_f2.dat", "memmap_f2.json"},
		"sharded.safetensors.index.json": nil,
		"lmprobe_last":                   nil,
	} {
		d := open(t, Spec{Paths: []string{formatsFile(name)}})
		var got []string
		for _, f := range d.Files() {
			got = append(got, filepath.Base(f.Path))
			if f.Size == 0 || f.Modified.IsZero() {
				t.Errorf("%s: found %+v, expected a size and a time", name, f)
			}
		}
		if want != nil && !slices.Equal(got, want) {
			t.Errorf("%s: found %q, expected %q", name, got, want)
		}
		if len(got) < 2 {
			t.Errorf("%s: found %q, expected the files of the states too", name, got)
		}
	}
}

package docs

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers lists the packages of the map in CONTRIBUTING.md, from the one that
// knows nothing of the others. A package imports none that comes after it, and none
// of those that it must not know.
var layers = []struct {
	name       string
	mustNotUse string
}{
	{"internal/natural", "all"}, {"target", "all"}, {"estimate", "target"}, {"folds", "target estimate"},
	{"internal/kernel", "all"}, {"internal/pickle", "all"}, {"internal/safetensors", "all"}, {"internal/atomicfile", "all"},
	{"internal/profile", "all"},
	{"internal/solve", "estimate folds"},
	{"metric", "folds"},
	{"gap", "target folds metric"}, {"gap/planted", ""},
	{"probe/tfidf", "all"},
	{"activations/internal/objects", "all"},
	{"activations/internal/input", ""},
	{"activations/internal/zarr", "target estimate folds metric gap internal/solve internal/kernel internal/pickle internal/safetensors internal/atomicfile"},
	{"activations/positions", "target estimate folds metric gap internal/solve internal/kernel internal/pickle internal/safetensors internal/atomicfile"},
	{"activations/table", "activations/positions target estimate folds metric gap internal/solve internal/kernel internal/pickle internal/safetensors internal/atomicfile"},
	{"activations", "target estimate folds metric gap internal/solve"},
	{"probe", "activations gap"},
	{"probe/exchange", "activations gap probe"},
	{"hidden", "activations probe gap"},
	{"compare", "activations probe study"},
	{"study", "folds metric internal/solve"},
	{"result", "study probe folds"},
	{"audit", "probe"},
	{"run", ""},
	{"report", "run study probe activations folds"},
	{"cmd/tell", "probe folds internal/solve internal/kernel"},
}

func TestImports(t *testing.T) {
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	place := func(name string) int {
		for i, l := range layers {
			if l.name == name {
				return i
			}
		}
		return -1
	}
	for line := range strings.Lines(string(out)) {
		paths := strings.Fields(line)
		name := strings.TrimPrefix(paths[0], "tell/")
		if top, _, _ := strings.Cut(name, "/"); slices.Contains([]string{"bench", "docs", "export"}, top) ||
			strings.Contains(name, "/internal/") && !strings.HasPrefix(name, "activations/internal/") || strings.HasSuffix(name, "/cmd") { // commands of simulations
			continue
		}
		at := place(name)
		if at < 0 || !strings.Contains(string(page), "`"+name+"/`") {
			t.Errorf("%s is not on the map of CONTRIBUTING.md, or not in the list of this test", name)
			continue
		}
		forbidden := strings.Fields(layers[at].mustNotUse)
		for _, path := range paths[1:] {
			used, own := strings.CutPrefix(path, "tell/")
			if !own {
				continue
			}
			if slices.Contains(forbidden, "all") || slices.Contains(forbidden, used) || place(used) >= at {
				t.Errorf("%s must not import %s", name, used)
			}
		}
	}
}

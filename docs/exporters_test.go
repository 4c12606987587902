package docs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"tell/activations"
	"tell/study"
)

// Every study of exporters.md is marked with the folder that it is run in and
// with what it must find there; the Python of the page has written the rest,
// see testdata/formats/make_exporters.py.
var marked = regexp.MustCompile("(?s)<!-- (study|tokens)(?: in ([a-z_/]+))?: (\\d+) rows, (\\d+) layers -->\n```yaml\n(.*?)```")

func TestExporters(t *testing.T) {
	page, err := os.ReadFile("exporters.md")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]struct{ Normalised [][][]float64 }
	read(t, "../testdata/formats/tiny_states.json", &golden)
	blocks := marked.FindAllStringSubmatch(string(page), -1)
	if len(blocks) != len(regexp.MustCompile("```yaml").FindAll(page, -1)) {
		t.Fatalf("%d of the studies are marked", len(blocks))
	}
	for i, block := range blocks {
		kind, folder, text := block[1], cmp.Or(block[2], "testdata/formats/exporters"), block[5]
		rows, _ := strconv.Atoi(block[3])
		layers, _ := strconv.Atoi(block[4])
		t.Run(fmt.Sprintf("%d in %s", i, filepath.Base(folder)), func(t *testing.T) {
			if kind == "tokens" {
				text += "target: {label: token_ids == 9}\n"
			} else {
				text += "id: id\ntarget: {label: label}\n"
			}
			d, cases := open(t, filepath.Join("..", folder), text)
			if s := d.Shape(); len(cases.Rows) != rows || s.Rows != rows || s.Layers != layers {
				t.Errorf("%d cases of %v, want %d rows and %d layers", len(cases.Rows), s, rows, layers)
			}
			if labels := slices.Compact(slices.Sorted(slices.Values(cases.Target.Ints()))); len(labels) != 2 {
				t.Errorf("labels %v", cases.Target.Ints())
			}
			if filepath.Base(folder) != "exporters" || layers != 3 {
				return
			}
			// The block before the last layer's is the same in all of these.
			width := d.Shape().Width
			dst := make([]float64, rows*width)
			if err := d.ReadFloat64(dst, 1, 0, 0, rows); err != nil {
				t.Fatal(err)
			}
			for i, row := range cases.Rows {
				want := golden[cases.ID[i]].Normalised[0][1]
				for k, j := range []int{0, 7, 15} {
					if got := dst[row*width+j]; math.Abs(got-want[k]) > max(1, math.Abs(want[k]))/128 {
						t.Fatalf("row %d, number %d: %v, want %v", row, j, got, want[k])
					}
				}
			}
		})
	}
}

func read(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// open loads a study as it would stand in a folder, and joins its examples.
func open(t *testing.T, folder, text string) (*activations.Dump, *study.Cases) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "study.yaml")
	if err := errors.Join(os.CopyFS(dir, os.DirFS(folder)), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
	s, err := study.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := activations.Open(s.Spec())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	cases, err := s.Cases(d)
	if err != nil {
		t.Fatal(err)
	}
	return cases.Dump, cases
}

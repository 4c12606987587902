package docs

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tell/study"
)

// The studies of study.md are valid, and the complete one is the study of the
// capitals.
func TestStudies(t *testing.T) {
	page, err := os.ReadFile("study.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) < 6 {
		t.Fatalf("%d studies, want the complete one, the shortest and one of each comparison", len(blocks))
	}
	want, err := study.Load("../testdata/capitals/study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range blocks {
		path := filepath.Join(t.TempDir(), "study.yaml")
		text := string(block[1])
		if !strings.Contains(text, "activations:") { // what stands beside it
			text = "activations: {path: x.npy}\nexamples: x.jsonl\nid: id\n" + text
			if !strings.Contains(text, "target:") {
				text += "target: user_wrong\ndecision: {acts_as_0: a, acts_as_1: b}\n"
			}
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := study.Load(path)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if i > 0 {
			continue
		}
		a, b := reflect.ValueOf(*got), reflect.ValueOf(*want)
		for _, f := range reflect.VisibleFields(a.Type()) {
			if !f.IsExported() || f.Name == "Path" || f.Name == "Source" {
				continue
			}
			if x, y := a.FieldByIndex(f.Index).Interface(), b.FieldByIndex(f.Index).Interface(); !reflect.DeepEqual(x, y) {
				t.Errorf("%s: %v, want %v", f.Name, x, y)
			}
		}
	}
}

// study.md names every key of a study file.
func TestStudyKeys(t *testing.T) {
	page, err := os.ReadFile("study.md")
	if err != nil {
		t.Fatal(err)
	}
	var visit func(t reflect.Type, prefix string, found func(string))
	visit = func(t reflect.Type, prefix string, found func(string)) {
		for f := range t.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !f.IsExported() || key == "" || key == "-" {
				continue
			}
			kind := f.Type
			if kind.Kind() == reflect.Pointer {
				kind = kind.Elem()
			}
			if kind.Kind() == reflect.Struct && kind.PkgPath() == t.PkgPath() && key != "join" {
				visit(kind, prefix+key+".", found)
				continue
			}
			found(prefix + key)
		}
	}
	visit(reflect.TypeFor[study.Study](), "", func(key string) {
		if !strings.Contains(string(page), "| `"+key+"` |") {
			t.Errorf("study.md does not describe %s", key)
		}
	})
}

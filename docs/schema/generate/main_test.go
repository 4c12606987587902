package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tell/docs/schema"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// The files are what "go generate ./docs/schema" writes.
func TestGenerated(t *testing.T) {
	for name, c := range map[string]struct {
		made any
		file string
	}{
		"study.json":   {ofStudy(), schema.Study},
		"results.json": {ofResults(), schema.Results},
	} {
		want, err := text(c.made)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal([]byte(c.file), want) {
			t.Errorf("docs/schema/%s is not what the types in the code say: run go generate ./docs/schema", name)
		}
	}
}

func TestStudies(t *testing.T) {
	s := compiled(t, schema.Study)
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d studies, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasPrefix(file, "testdata/cases") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(asJSON(t, raw)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, wrong := range []string{
		"target: user_wrong", // no activations
		"activations: {path: x.npy}\ntarget: y\nprobes: {folds: 3}", // no such key
		"activations: {path: x.npy, axes: [rows]}\ntarget: y",
		"activations: {path: x.npy}\ntarget: {label: y, kind: colour}",
		"activations: {path: x.npy}\ntarget: y\ncompare: [{conditions: [a, b]}]",
	} {
		if s.Validate(asJSON(t, []byte(wrong))) == nil {
			t.Errorf("%q is valid", wrong)
		}
	}
}

func TestResults(t *testing.T) {
	for _, path := range []string{"result/testdata/results.json", "report/testdata/results.json"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled(t, schema.Results).Validate(doc); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func compiled(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON is a document of YAML, of which JSON is a part, as the validator takes it.
func asJSON(t *testing.T, raw []byte) any {
	t.Helper()
	j, err := yaml.YAMLToJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(j, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

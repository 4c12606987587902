// Command generate writes the schemas from the types in the code and their
// comments. Run it by "go generate ./docs/schema".
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"

	"github.com/invopop/jsonschema"

	"tell/activations"
	"tell/estimate"
	"tell/result"
	"tell/study"
	"tell/target"
)

func main() {
	log.SetFlags(0)
	if err := os.Chdir("../.."); err != nil { // comments are found by the path from the module's root
		log.Fatal(err)
	}
	for name, s := range map[string]*jsonschema.Schema{"study.json": ofStudy(), "results.json": ofResults()} {
		if err := write(name, s); err != nil {
			log.Fatal(err)
		}
	}
}

func write(name string, s *jsonschema.Schema) error {
	raw, err := text(s)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(filepath.Join("docs/schema", name), raw, 0o666)
}

func text(s any) ([]byte, error) {
	raw, err := json.MarshalIndent(s, "", " ")
	return append(raw, '\n'), err
}

func reflector(tag, folder string) *jsonschema.Reflector {
	r := &jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               tag,
		RequiredFromJSONSchemaTags: true,
	}
	if err := r.AddGoComments("tell", folder); err != nil {
		log.Fatal(err)
	}
	return r
}

func ofResults() *jsonschema.Schema {
	r := reflector("json", "./result")
	number := &jsonschema.Schema{Type: "number"}
	r.Mapper = func(t reflect.Type) *jsonschema.Schema {
		if t != reflect.TypeFor[estimate.Estimate]() {
			return nil
		}
		e := jsonschema.NewProperties()
		for _, key := range []string{"value", "low", "high", "level", "low_error", "high_error"} {
			e.Set(key, number)
		}
		e.Set("not_estimable", &jsonschema.Schema{Type: "string", Description: "why there is no value"})
		e.Set("n", &jsonschema.Schema{Type: "integer"})
		e.Set("groups", &jsonschema.Schema{Type: "integer"})
		e.Set("method", &jsonschema.Schema{Type: "string"})
		e.Set("warnings", listOf(&jsonschema.Schema{Type: "object"}))
		return &jsonschema.Schema{Type: "object", Properties: e, Required: []string{"n"}, OneOf: []*jsonschema.Schema{
			{Required: []string{"value"}}, {Required: []string{"not_estimable"}},
		}}
	}
	s := r.Reflect(&result.Result{})
	s.Title = "results.json of tell"
	return s
}

// ofStudy takes what the decoder of a study takes: a value that stands for a
// whole block, and one kind of comparison an item.
func ofStudy() *jsonschema.Schema {
	r := reflector("yaml", "./study")
	r.Mapper = mapped
	s := r.Reflect(&study.Study{})
	s.Title = "a study of tell"
	s.Required = []string{"activations", "target"}

	for _, name := range []string{"Target", "Set", "Join"} {
		s.Definitions[name] = or(&jsonschema.Schema{Type: "string"}, s.Definitions[name])
	}
	items := &jsonschema.Schema{}
	for _, kind := range study.ComparisonKinds() {
		item := r.Reflect(emptyComparison(kind).Of)
		for name, d := range item.Definitions {
			s.Definitions[name] = d
		}
		item.Version, item.Definitions, item.Required = "", nil, []string{kind}
		items.OneOf = append(items.OneOf, item)
	}
	s.Definitions["Comparison"] = items
	return s
}

// emptyComparison is an item of compare that asks for a kind and nothing else.
func emptyComparison(kind string) study.Comparison {
	var c study.Comparison
	err := c.UnmarshalYAML(func(into any) error {
		if keys, ok := into.(*map[string]any); ok {
			*keys = map[string]any{kind: nil}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// mapped are the types that are not read as they are declared.
func mapped(t reflect.Type) *jsonschema.Schema {
	text, number := &jsonschema.Schema{Type: "string"}, &jsonschema.Schema{Type: "number"}
	either := &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number"}}}
	switch t {
	case reflect.TypeFor[study.Paths]():
		return or(text, listOf(text))
	case reflect.TypeFor[study.Grid]():
		spaced := jsonschema.NewProperties()
		spaced.Set("logspace", listOf(number))
		return or(number, listOf(number), &jsonschema.Schema{
			Type: "object", Properties: spaced, Required: []string{"logspace"}, AdditionalProperties: jsonschema.FalseSchema,
		})
	case reflect.TypeFor[study.Levels]():
		return listOf(either)
	case reflect.TypeFor[activations.Axis]():
		return oneOf(activations.Axes())
	case reflect.TypeFor[activations.DType]():
		return oneOf(append(activations.DTypes(), activations.DTypeAliases()...))
	case reflect.TypeFor[target.Kind]():
		return oneOf(target.Kinds())
	}
	// A column may be called 3, a position may be -1.
	if t.Kind() == reflect.String {
		return either
	}
	return nil
}

func or(forms ...*jsonschema.Schema) *jsonschema.Schema { return &jsonschema.Schema{AnyOf: forms} }

func listOf(item *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: item}
}

func oneOf[S ~string](names []S) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, name := range names {
		s.Enum = append(s.Enum, string(name))
	}
	return s
}

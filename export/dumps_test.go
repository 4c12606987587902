// Package export holds the Python exporter; its tests show that tell reads what
// the exporter writes.
package export

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/activations"
	"tell/study"
)

const dumps = "../testdata/export"

// reference is what numpy, safetensors and pyarrow read in a dump.
type reference struct {
	Columns []map[string]any
	Shape   [4]int
	Numbers []float64
}

func readReference(t *testing.T) map[string]reference {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dumps, "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]reference
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// TestDumps opens every dump as its study file says, and compares each number
// and each column with what Python reads.
func TestDumps(t *testing.T) {
	want := readReference(t)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Run(name, func(t *testing.T) {
			s, err := study.Load(filepath.Join(dumps, name, "study.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			spec := s.Spec()
			spec.Position, spec.Length = "", "" // every position
			dump, err := activations.Open(spec)
			if err != nil {
				t.Fatal(err)
			}
			defer dump.Close()
			compareStates(t, dump, want[name])

			examples, err := activations.ReadExamples(filepath.Join(dumps, name, s.Examples))
			if err != nil {
				t.Fatal(err)
			}
			compareColumns(t, examples, want[name].Columns)
			compareLast(t, s, examples, want[name])
			stored, err := dump.Examples()
			if err != nil {
				t.Fatal(err)
			}
			if arrow := strings.HasPrefix(name, "arrow"); arrow != (stored != nil) {
				t.Fatalf("columns beside the states: %v, want %v", stored != nil, arrow)
			}
			if stored != nil {
				compareColumns(t, stored, want[name].Columns)
			}
		})
	}
}

func compareStates(t *testing.T, dump *activations.Dump, want reference) {
	t.Helper()
	shape := activations.Shape{Rows: want.Shape[0], Layers: want.Shape[1], Positions: want.Shape[2], Width: want.Shape[3]}
	if dump.Shape() != shape {
		t.Fatalf("shape %v, want %v", dump.Shape(), shape)
	}
	wide := make([]float64, shape.Rows*shape.Width)
	single := make([]float32, len(wide))
	for layer := range shape.Layers {
		for position := range shape.Positions {
			if err := dump.ReadFloat64(wide, layer, position, 0, shape.Rows); err != nil {
				t.Fatal(err)
			}
			if err := dump.ReadFloat32(single, layer, position, 0, shape.Rows); err != nil {
				t.Fatal(err)
			}
			for i := range wide {
				row, column := i/shape.Width, i%shape.Width
				x := want.Numbers[((row*shape.Layers+layer)*shape.Positions+position)*shape.Width+column]
				if wide[i] != x || float64(single[i]) != x {
					t.Fatalf("row %d layer %d position %d column %d: %v and %v, want %v", row, layer, position, column, wide[i], single[i], x)
				}
			}
		}
	}
}

func compareColumns(t *testing.T, e *activations.Examples, want []map[string]any) {
	t.Helper()
	if e.Len() != len(want) || len(e.Columns()) != len(want[0]) {
		t.Fatalf("%d rows in %d columns, want %d in %d", e.Len(), len(e.Columns()), len(want), len(want[0]))
	}
	for _, c := range e.Columns() {
		for i, row := range want {
			got := c.Value(i)
			if n, ok := got.(int); ok {
				got = float64(n) // as encoding/json reads it
			}
			if got != row[c.Name] {
				t.Errorf("row %d column %q: %v, want %v", i, c.Name, got, row[c.Name])
			}
		}
	}
}

// compareLast reads the last token of every prompt where the study file says
// how many tokens each has.
func compareLast(t *testing.T, s *study.Study, e *activations.Examples, want reference) {
	t.Helper()
	spec := s.Spec()
	if spec.Length == "" {
		return
	}
	dump, err := activations.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	inOrder := make([]int, e.Len())
	for i := range inOrder {
		inOrder[i] = i
	}
	positions, err := dump.PositionsFrom(e, inOrder)
	if err != nil {
		t.Fatal(err)
	}
	if dump, err = dump.WithPositions(*positions); err != nil {
		t.Fatal(err)
	}
	layers, stored, width := want.Shape[1], want.Shape[2], want.Shape[3]
	got := make([]float64, width)
	for row, columns := range want.Columns {
		last := int(columns["length"].(float64)) - 1
		for layer := range layers {
			if err := dump.ReadFloat64(got, layer, 0, row, row+1); err != nil {
				t.Fatal(err)
			}
			at := ((row*layers+layer)*stored + last) * width
			if !slices.Equal(got, want.Numbers[at:at+width]) {
				t.Fatalf("row %d layer %d: %v, want position %d, %v", row, layer, got, last, want.Numbers[at:at+width])
			}
		}
	}
}

package activations

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// uneven are dumps whose rows have different numbers of positions.
var uneven = []struct {
	paths string
	spec  Spec
	want  []int
}{
	{"ragged_positions.parquet", Spec{Axes: []Axis{Row, Position, Layer, Width}}, []int{2, 3, 4, 5, 6}},
	{"ragged_positions.arrow", Spec{Axes: []Axis{Row, Position, Layer, Width}}, []int{2, 3, 4, 5, 6}},
	{"list_view_ragged.arrow", Spec{Axes: []Axis{Row, Position, Width}}, nil},
	{"ragged_layers_zstd.arrow", Spec{}, nil},
	{"lmprobe_tokens", Spec{}, []int{12, 11, 9, 12, 11, 9, 12, 11, 9, 12, 11, 9}},
	{"vllm/*.safetensors", Spec{}, nil},
	{"request-*.safetensors", Spec{}, nil},
	{"torch_ragged_f32.pt", Spec{Tensor: "states.*", Axes: []Axis{Layer, Position, Width}}, nil},
}

// Every position of every row is read where it lies: the first, the last, and all
// of them, whose mean is that of the choice that asks for it.
func TestAllPositions(t *testing.T) {
	for _, test := range uneven {
		t.Run(filepath.Base(test.paths), func(t *testing.T) {
			t.Parallel()
			as := func(position string) *Dump {
				spec := test.spec
				spec.Paths, spec.Position = []string{formatsFile(test.paths)}, position
				return open(t, spec)
			}
			d, first, last, mean := as("all"), as("first"), as("last"), as("mean")
			counts, err := d.Counts()
			if err != nil {
				t.Fatal(err)
			}
			s := d.Shape()
			if len(counts) != s.Rows || slices.Max(counts) != s.Positions || slices.Min(counts) == s.Positions || len(d.PositionNames()) != s.Positions {
				t.Fatalf("found %v with positions %v", s, counts)
			}
			if test.want != nil && !slices.Equal(counts, test.want) {
				t.Errorf("found %v positions, want %v", counts, test.want)
			}
			if c, err := first.Counts(); c != nil || err != nil {
				t.Errorf("one position, and counts %v, %v", c, err)
			}
			read := func(d *Dump, layer, position, row int) []float64 {
				x := make([]float64, s.Width)
				if err := d.ReadFloat64(x, layer, position, row, row+1); err != nil {
					t.Fatal(err)
				}
				return x
			}
			for layer := range s.Layers {
				for row, n := range counts {
					sum := make([]float64, s.Width)
					for position := range n {
						x := read(d, layer, position, row)
						for j, v := range x {
							sum[j] += v / float64(n)
						}
						if position == 0 && !slices.Equal(x, read(first, layer, 0, row)) || position == n-1 && !slices.Equal(x, read(last, layer, 0, row)) {
							t.Fatalf("layer %d, row %d: position %d of %d is another", layer, row, position, n)
						}
					}
					for j, v := range read(mean, layer, 0, row) {
						if math.Abs(v-sum[j]) > 1e-12*(1+math.Abs(v)) {
							t.Fatalf("layer %d, row %d: a mean of %v, want %v", layer, row, sum[j], v)
						}
					}
				}
				for position := range s.Positions {
					checkUnevenSite(t, d, layer, position, counts)
				}
			}
		})
	}
}

// checkUnevenSite reads a site on the rows that have it, together and scanned, and
// refuses the first one that lacks it.
func checkUnevenSite(t *testing.T, d *Dump, layer, position int, counts []int) {
	t.Helper()
	var have []int
	lacks := -1
	for row, n := range counts {
		if n > position {
			have = append(have, row)
		} else if lacks < 0 {
			lacks = row
		}
	}
	states, err := d.At(layer, position)
	if err != nil {
		t.Fatal(err)
	}
	if states, err = states.Rows(have); err != nil {
		t.Fatal(err)
	}
	n, width := states.Dims()
	x := make([]float64, n*width)
	if err := states.ReadRows(x, 0, n); err != nil {
		t.Fatal(err)
	}
	h, err := d.Scan(layer, position)
	if err != nil || h.Rows != n {
		t.Fatalf("position %d: scanned %d rows of %d, %v", position, h.Rows, n, err)
	}
	if lacks < 0 {
		return
	}
	err = d.ReadFloat64(make([]float64, len(counts)*width), layer, position, 0, len(counts))
	checkFormatError(t, err, fmt.Sprintf("row %d", lacks), fmt.Sprintf("position %d, which this row lacks", position))
}

// Positions are counted among those that count.
func TestAllPositionsOfAMask(t *testing.T) {
	spec := Spec{Paths: []string{formatsFile("ragged_positions.arrow")}, Axes: []Axis{Row, Position, Layer, Width}, Position: "all"}
	plain := open(t, spec)
	spec.Length = "n_tokens"
	counted := open(t, spec)
	p, err := counted.PositionsFrom(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.WithPositions(RowPositions{Counted: [][]Span{{{From: 0, To: 9}}, {{From: 0, To: 1}}, {{From: 0, To: 1}}, {{From: 0, To: 1}}, {{From: 0, To: 1}}}}); err == nil {
		t.Error("more positions than the row has")
	}
	whole, err := counted.Counts()
	if err != nil {
		t.Fatal(err)
	}
	stored, _ := plain.Counts()
	if !slices.Equal(whole, stored) {
		t.Errorf("found %v positions that count, want all of %v", whole, stored)
	}
	p.Counted = [][]Span{{{From: 1, To: 2}}, {{From: 0, To: 1}, {From: 2, To: 3}}, {{From: 3, To: 4}}, nil, {{From: 0, To: 2}, {From: 3, To: 6}}}
	p.Stored = nil
	view, err := counted.WithPositions(*p)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := view.Counts()
	if want := []int{1, 2, 1, 0, 5}; err != nil || !slices.Equal(counts, want) || view.Shape().Positions != 5 {
		t.Fatalf("found %v of %v, %v; want %v", counts, view.Shape(), err, want)
	}
	for row, spans := range p.Counted {
		k := 0
		for _, s := range spans {
			for at := s.From; at < s.To; at, k = at+1, k+1 {
				a, b := make([]float64, 4), make([]float64, 4)
				if err := view.ReadFloat64(a, 1, k, row, row+1); err != nil {
					t.Fatal(err)
				}
				if err := plain.ReadFloat64(b, 1, at, row, row+1); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(a, b) {
					t.Errorf("row %d: position %d that counts is %v, want %v", row, k, a, b)
				}
			}
		}
	}
	checkFormatError(t, view.ReadFloat64(make([]float64, 4), 1, 0, 3, 4), "row 3", "a row without a number of positions")
}

// Where all rows have as many positions, "all" is the dump as it is.
func TestAllPositionsOfEvenRows(t *testing.T) {
	for _, name := range []string{"positions_f4.npy", "list_f32.parquet", "one_f16.safetensors", "torch_tensor_f16.pt"} {
		spec := Spec{Paths: []string{formatsFile(name)}}
		plain := open(t, spec)
		spec.Position = "all"
		all := open(t, spec)
		if plain.Shape() != all.Shape() || !slices.Equal(plain.PositionNames(), all.PositionNames()) {
			t.Fatalf("%s: found %v, want %v", name, all.Shape(), plain.Shape())
		}
		if fmt.Sprint(wholeDump(t, plain)) != fmt.Sprint(wholeDump(t, all)) {
			t.Errorf("%s: other numbers", name)
		}
		if err := all.checkEven(); err != nil {
			t.Error(err)
		}
	}
}

// What must be as long in every row is refused where it is not.
func TestUnevenRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"a row without a position", Spec{Paths: []string{"ragged_empty.arrow"}, Position: "all"}, []string{"no position", "at least 1 for position all"}},
		{"a row without a position, Parquet", Spec{Paths: []string{"ragged_empty.parquet"}, Position: "all"}, []string{"no position", "at least 1 for position all"}},
		{"layers of other lengths", Spec{Paths: []string{"ragged_uneven.arrow"}, Position: "all"}, []string{"positions", "as many in every layer"}},
		{"layers of other lengths, Parquet", Spec{Paths: []string{"ragged_uneven.parquet"}, Position: "all"}, []string{"positions", "as many in every layer"}},
		{"no choice", Spec{Paths: []string{"vllm/*.safetensors"}}, []string{"a position to choose (last, first, mean, all, a number, a range)"}},
	})
	d := open(t, Spec{Paths: []string{formatsFile("vllm/*.safetensors")}, Position: "all"})
	path := filepath.Join(t.TempDir(), "all.npy")
	_, err := Convert(context.Background(), d, path, ConvertSettings{})
	checkFormatError(t, err, "rows of", "as many in every row, or a position to choose")
	if _, err := os.Stat(path); err == nil {
		t.Error("a file is written")
	}
}

// A file of one request may have more that has a value for every token; it is a
// row and not as many rows as tokens.
func TestRequestWithMarks(t *testing.T) {
	dir := t.TempDir()
	for i, n := range []int{3, 5} {
		header := fmt.Sprintf(`{"hidden_states":{"dtype":"F16","shape":[%d,2,4],"data_offsets":[0,%d]},"token_ids":{"dtype":"I64","shape":[%d],"data_offsets":[%d,%d]},"stated":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}}`,
			n, 16*n, n, 16*n, 24*n, n, 24*n, 25*n)
		b := append([]byte{byte(len(header)), byte(len(header) >> 8), 0, 0, 0, 0, 0, 0}, header...)
		b = append(b, make([]byte, 25*n)...)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("r-%d.safetensors", i)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	glob := filepath.Join(dir, "*.safetensors")
	d := open(t, Spec{Paths: []string{glob}, Position: "all"})
	if counts, err := d.Counts(); err != nil || !slices.Equal(counts, []int{3, 5}) || d.Shape() != (Shape{2, 2, 5, 4}) {
		t.Fatalf("found %v with %v positions, %v", d.Shape(), counts, err)
	}
	d, err := Open(Spec{Paths: []string{glob}})
	if err == nil {
		t.Fatalf("requests of 3 and 5 tokens are read as %v", d.Shape())
	}
	checkFormatError(t, err, "5 positions", "a position to choose")
	// Arrays of other lengths are of something else.
	tensors := func(shapes ...[]int) (all []*tensor) {
		for i, name := range []string{"hidden_states", "token_ids", "more"}[:len(shapes)] {
			all = append(all, &tensor{name: name, stored: storage{shape: shapes[i]}})
		}
		return all
	}
	for _, c := range []struct {
		shapes [][]int
		want   bool
	}{
		{[][]int{{3, 2, 4}, {3}}, true}, {[][]int{{3, 2, 4}, {3}, {3}}, true}, {[][]int{{3, 2, 4}, {4}}, false},
		{[][]int{{3, 2, 4}, {3}, {4}}, false}, {[][]int{{3, 2, 4}, {3}, {3, 1}}, false}, {[][]int{{3, 2}, {3}}, false}, {[][]int{{3, 2, 4}}, false},
	} {
		if got := isRequest(tensors(c.shapes...)); got != c.want {
			t.Errorf("%v: found a request %v, expected %v", c.shapes, got, c.want)
		}
	}
	// One that says that tokens are rows is taken at its word.
	if d = open(t, Spec{Paths: []string{glob}, Axes: []Axis{Row, Layer, Width}}); d.Shape().Rows != 8 {
		t.Errorf("found %v", d.Shape())
	}
}

package activations

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// In the files that make_positions.py writes row i has i+2 positions.
var stepped = Shape{Rows: 5, Layers: 3, Positions: 6, Width: 4}

// steppedMean is the mean over positions [from, to).
func steppedMean(row, layer, from, to, j int) float64 {
	sum := 0.0
	for p := from; p < to; p++ {
		sum += plantedValue(stepped, row, layer, p, j)
	}
	return sum / float64(to-from)
}

func TestPositions(t *testing.T) {
	dumps := []struct {
		spec Spec
	}{
		{Spec{Paths: []string{"padded_right.arrow"}, Length: "n_tokens"}},
		{Spec{Paths: []string{"padded_right.npz"}, Tensor: "states", Length: "n_tokens"}},
		{Spec{Paths: []string{"padded_left.arrow"}, Length: "mask"}},
		{Spec{Paths: []string{"ragged_tokens.arrow"}}},
		{Spec{Paths: []string{"ragged_tokens.arrow"}, Length: "n_tokens"}},
		{Spec{Paths: []string{"ragged_layers_zstd.arrow"}}},
		{Spec{Paths: []string{"ragged_positions.arrow"}, Axes: []Axis{Row, Position, Layer, Width}}},
		{Spec{Paths: []string{"ragged_tokens.parquet"}}},
		{Spec{Paths: []string{"ragged_tokens.parquet"}, Length: "n_tokens"}},
		{Spec{Paths: []string{"ragged_groups.parquet"}}},
		{Spec{Paths: []string{"ragged_pages.parquet"}, Tensor: "layers.*", Length: "n_tokens"}},
		{Spec{Paths: []string{"ragged_positions.parquet"}, Axes: []Axis{Row, Position, Layer, Width}}},
		{Spec{Paths: []string{"masked.arrow"}, Mask: "small"}},
		{Spec{Paths: []string{"masked.arrow"}, Mask: "large"}},
		{Spec{Paths: []string{"masked.arrow"}, Mask: "fixed"}},
		{Spec{Paths: []string{"masked.arrow"}, Length: "json"}},
		{Spec{Paths: []string{"masked.arrow"}, Mask: "mask.npy"}},
		{Spec{Paths: []string{"masked.arrow"}, Mask: "masked.npz"}},
		{Spec{Paths: []string{"masked.arrow"}, Mask: "masks.npz"}},
		{Spec{Paths: []string{"masked_zstd.arrow"}, Mask: "small"}},
		{Spec{Paths: []string{"masked_zstd.arrow"}, Mask: "fixed"}},
		{Spec{Paths: []string{"masked.parquet"}, Mask: "small"}},
		{Spec{Paths: []string{"masked.parquet"}, Mask: "large"}},
		{Spec{Paths: []string{"masked.parquet"}, Mask: "fixed"}},
		{Spec{Paths: []string{"masked.parquet"}, Mask: "mask.npy"}},
		{Spec{Paths: []string{"masked.npz"}, Tensor: "states", Mask: "attention_mask"}},
		{Spec{Paths: []string{"masked.npz"}, Tensor: "states", Mask: "loss_mask"}},
		{Spec{Paths: []string{"masked_deflated.npz"}, Mask: "loss_mask"}},
		{Spec{Paths: []string{"masked.safetensors"}, Tensor: "states", Mask: "attention_mask"}},
	}
	choices := []struct {
		position string
		at       func(row, q int) (from, to int)
		count    int
	}{
		{"first", func(row, _ int) (int, int) { return 0, 1 }, 1},
		{"last", func(row, _ int) (int, int) { return row + 1, row + 2 }, 1},
		{"-2", func(row, _ int) (int, int) { return row, row + 1 }, 1},
		{"1", func(row, _ int) (int, int) { return 1, 2 }, 1},
		{"mean", func(row, _ int) (int, int) { return 0, row + 2 }, 1},
		{"0:2", func(row, q int) (int, int) { return q, q + 1 }, 2},
		{"-2:", func(row, q int) (int, int) { return row + q, row + q + 1 }, 2},
		{"answer", func(row, _ int) (int, int) {
			at := []int{1, 0, 3, 2, 5}[row]
			return at, at + 1
		}, 1},
	}
	for _, dump := range dumps {
		for _, choice := range choices {
			spec := dump.spec
			spec.Paths = []string{formatsFile(spec.Paths[0])}
			spec.Position = choice.position
			t.Run(strings.Join([]string{dump.spec.Paths[0], spec.Length, spec.Mask, spec.Position}, ","), func(t *testing.T) {
				if IsMaskFile(spec.Mask) {
					spec.Mask = formatsFile(spec.Mask)
				}
				d := open(t, spec)
				if err := d.CheckPositions(); err != nil {
					t.Fatal(err)
				}
				if want := (Shape{5, 3, choice.count, 4}); d.Shape() != want {
					t.Fatalf("shape %v, want %v", d.Shape(), want)
				}
				checkChosen(t, d, choice.at)
			})
		}
	}
}

func checkChosen(t *testing.T, d *Dump, at func(row, q int) (from, to int)) {
	t.Helper()
	s := d.Shape()
	got := make([]float64, s.Rows*s.Width)
	for layer := range s.Layers {
		for q := range s.Positions {
			for _, cut := range [][2]int{{0, s.Rows}, {1, 4}, {2, 2}} {
				rows := got[:(cut[1]-cut[0])*s.Width]
				if err := d.ReadFloat64(rows, layer, q, cut[0], cut[1]); err != nil {
					t.Fatal(err)
				}
				for i := range rows {
					row, j := cut[0]+i/s.Width, i%s.Width
					from, to := at(row, q)
					if want := steppedMean(row, layer, from, to, j); rows[i] != want {
						t.Fatalf("layer %d, position %d, row %d, column %d: %v, want %v", layer, q, row, j, rows[i], want)
					}
				}
			}
		}
	}
}

func TestPositionsAcrossFiles(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("request-*.safetensors")}, Axes: []Axis{Position, Layer, Width}, Position: "mean"})
	got := make([]float64, 5*4)
	if err := d.ReadFloat64(got, 1, 0, 0, 5); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		// All tokens but the last of a file are zero.
		if want := plantedValue(planted, i/4, 1, 0, i%4) / float64(i/4+2); v != want {
			t.Errorf("row %d, column %d: %v, want %v", i/4, i%4, v, want)
		}
	}
}

func TestWithPositions(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("padded_right.arrow")}, Position: "elsewhere", Length: "n"})
	if err := d.CheckPositions(); err == nil || !strings.Contains(err.Error(), `no column "elsewhere"`) || !strings.Contains(err.Error(), `"n_tokens"`) {
		t.Errorf("columns that are not there: %v", err)
	}
	if got := d.PositionColumns(); !slices.Equal(got, []string{"elsewhere", "n"}) {
		t.Errorf("columns %q", got)
	}
	if _, err := d.WithPositions(RowPositions{Index: []int{0}}); err == nil {
		t.Error("positions of one row are taken for five")
	}
	for name, bad := range map[string]RowPositions{
		"spans that run backwards": {Index: make([]int, 5), Counted: [][]Span{{{From: 2, To: 3}, {From: 0, To: 1}}, nil, nil, nil, nil}},
		"spans that touch":         {Index: make([]int, 5), Counted: [][]Span{{{From: 0, To: 1}, {From: 1, To: 2}}, nil, nil, nil, nil}},
		"an empty span":            {Index: make([]int, 5), Counted: [][]Span{{{From: 1, To: 1}}, nil, nil, nil, nil}},
		"a span beyond the row":    {Index: make([]int, 5), Counted: [][]Span{nil, nil, nil, nil, {{From: 4, To: 7}}}},
		"a mask of another length": {Index: make([]int, 5), Counted: [][]Span{nil, {{From: 0, To: 2}}, nil, nil, nil}, Stored: []int{0, 5, 0, 0, 0}},
		"an index beyond":          {Index: []int{0, 0, 0, 0, 6}},
	} {
		if _, err := d.WithPositions(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	counted := [][]Span{{{From: 0, To: 1}}, {{From: 0, To: 2}}, {{From: 0, To: 3}}, nil, {{From: 0, To: 6}}}
	d, err := d.WithPositions(RowPositions{Index: []int{0, -1, 1, 0, -6}, Counted: counted})
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, 4)
	for i, at := range []int{0, 1, 1, -1, 0} {
		err := d.ReadFloat64(row, 2, 0, i, i+1)
		switch {
		case at < 0 && (err == nil || !strings.Contains(err.Error(), "without a number of positions")):
			t.Errorf("row %d has no length: %v", i, err)
		case at >= 0 && (err != nil || row[3] != plantedValue(stepped, i, 2, at, 3)):
			t.Errorf("row %d: %v, %v", i, row, err)
		}
	}
}

func TestBadPositions(t *testing.T) {
	for name, test := range map[string]struct {
		spec Spec
		want []string
	}{
		"length without position": {Spec{Paths: []string{"padded_right.arrow"}, Length: "n_tokens"}, []string{"length", "a position as well"}},
		"ragged, none chosen":     {Spec{Paths: []string{"ragged_layers_zstd.arrow"}}, []string{"row 1", "a list of 3", "2 as in", "choose a position"}},
		"ragged, too short":       {Spec{Paths: []string{"ragged_layers_zstd.arrow"}, Position: "4"}, []string{"row 0", "2 positions", "position 4"}},
		"padded, too short":       {Spec{Paths: []string{"padded_right.arrow"}, Position: "4", Length: "n_tokens"}, []string{"row 0", "2 positions", "position 4"}},
		"range too long":          {Spec{Paths: []string{"padded_right.arrow"}, Position: "2:7"}, []string{"6 positions", "position 2:7"}},
		"range in a short row":    {Spec{Paths: []string{"padded_right.arrow"}, Position: "-3:", Length: "n_tokens"}, []string{"row 0", "2 positions", "position -3:"}},
		"empty range":             {Spec{Paths: []string{"padded_right.arrow"}, Position: "3:3"}, []string{"range such as 2:6"}},
		"mixed range":             {Spec{Paths: []string{"padded_right.arrow"}, Position: "1:x"}, []string{`"x"`, "a number after the colon"}},
		"lengths too long":        {Spec{Paths: []string{"padded_right.arrow"}, Position: "last", Length: "too_long"}, []string{"row 2", "6 positions", "7"}},
		"no such length":          {Spec{Paths: []string{"padded_right.arrow"}, Position: "last", Length: "n"}, []string{`no column "n"`, `"n_tokens"`}},
		"no such position":        {Spec{Paths: []string{"padded_right.arrow"}, Position: "lsat"}, []string{`no column "lsat"`, "first, last, mean"}},
		"mask too short":          {Spec{Paths: []string{"padded_right.arrow"}, Position: "last", Length: "holes"}, []string{"row 0", "6 positions", "3, as its mask has"}},
		"list too short":          {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: "short"}, []string{"row 0", "9 positions", "8, as its mask has"}},
		"no mask but a number":    {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: "number"}, []string{"row 0", `"2"`, "a mask such as"}},
		"mask with a 2":           {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: "broken"}, []string{"row 0", "2]", "a mask such as"}},
		"mask that is null":       {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: "none"}, []string{"row 3", "found null", "a mask such as"}},
		"list that is null":       {Spec{Paths: []string{"masked.parquet"}, Position: "last", Mask: "none"}, []string{"row 3", "found null", "a mask such as"}},
		"mask with a null":        {Spec{Paths: []string{"masked.parquet"}, Position: "last", Mask: "broken"}, []string{"row 0", "a mask such as"}},
		"mask and length":         {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: "small", Length: "number"}, []string{`"small"`, `"number"`, "one of them"}},
		"mask without position":   {Spec{Paths: []string{"masked.arrow"}, Mask: "small"}, []string{"mask", "a position as well"}},
		"no such mask":            {Spec{Paths: []string{"masked.npz"}, Tensor: "states", Position: "last", Mask: "mask"}, []string{`no column "mask"`, `"answer", "attention_mask", "loss_mask"`}},
		"no such list":            {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: "smal"}, []string{`no column "smal"`, `"json", "number", "small", "large", "fixed"`}},
		"no such list, Parquet":   {Spec{Paths: []string{"masked.parquet"}, Position: "last", Mask: "smal"}, []string{`no column "smal"`, `"json", "number", "small", "large", "fixed"`}},
		"mask of three axes":      {Spec{Paths: []string{"masked.npz"}, Tensor: "states", Position: "last", Mask: "wide"}, []string{`"wide"`, "[5 9 1]", "rows x positions"}},
		"mask of states":          {Spec{Paths: []string{"masked.arrow"}, Position: "last", Mask: formatsFile("big_f4.npy")}, []string{"big_f4.npy", "none", "rows x positions"}},
		"mask file of few rows":   {Spec{Paths: []string{"masked.arrow", "masked_zstd.arrow"}, Position: "last", Mask: formatsFile("mask.npy")}, []string{"mask.npy", "5 rows", "10"}},
		"index outside":           {Spec{Paths: []string{"padded_right.arrow"}, Position: "too_long", Length: "n_tokens"}, []string{"row 0", "2 positions", `position 5, as column "too_long"`}},
		"uneven layers":           {Spec{Paths: []string{"ragged_uneven.arrow"}, Position: "last"}, []string{"row 0", "lists of 1 and 2 positions", "every layer"}},
		"uneven Parquet":          {Spec{Paths: []string{"ragged_uneven.parquet"}, Position: "last"}, []string{"row 0", "lists of 1 and 2 positions", "every layer"}},
		"narrow Parquet":          {Spec{Paths: []string{"ragged_narrow.parquet"}, Position: "last"}, []string{"row 4", "a list of 2", "4 as in"}},
		"null in Parquet":         {Spec{Paths: []string{"ragged_null.parquet"}, Position: "last"}, []string{"row 3", "a null or an empty list"}},
		"short Parquet":           {Spec{Paths: []string{"ragged_groups.parquet"}, Position: "4"}, []string{`"layers.0", row 0`, "2 positions", "position 4"}},
		"Parquet, other lengths":  {Spec{Paths: []string{"ragged_groups.parquet"}, Position: "last", Length: "too_long"}, []string{"row 0", "2 positions", "5"}},
		"Parquet, wrong type":     {Spec{Paths: []string{"ragged_groups.parquet"}, Position: "last", DType: F64}, []string{"found f32", "f64, as declared"}},
		"empty rows":              {Spec{Paths: []string{"ragged_empty.parquet"}, Position: "last"}, []string{"row 0", "no position"}},
		"empty rows of Arrow":     {Spec{Paths: []string{"ragged_empty.arrow"}, Position: "last"}, []string{"row 0", "no position"}},
		"no table":                {Spec{Paths: []string{"positions_f4.npy"}, Position: "last", Length: "n"}, []string{"no table beside"}},
	} {
		for i, path := range test.spec.Paths {
			test.spec.Paths[i] = formatsFile(path)
		}
		err := readLast(test.spec)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}

// readLast opens a dump and reads the first layer and last position of it.
func readLast(spec Spec) error {
	d, err := Open(spec)
	if err != nil {
		return err
	}
	defer d.Close()
	s := d.Shape()
	return d.ReadFloat32(make([]float32, s.Rows*s.Width), 0, s.Positions-1, 0, s.Rows)
}

func TestMaskOfEveryRequest(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("masked-*.safetensors")}, Axes: []Axis{Position, Layer, Width}, Position: "-2:", Mask: "loss_mask"})
	checkChosen(t, d, func(row, q int) (int, int) { return row + q, row + q + 1 })
}

func TestMeanOfOnePosition(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("padded_right.arrow")}, Position: "mean", Length: "elsewhere"})
	d, err := d.WithPositions(RowPositions{Counted: [][]Span{{{From: 1, To: 2}}, {{From: 0, To: 1}}, {{From: 0, To: 1}, {From: 2, To: 3}}, {{From: 1, To: 2}}, {{From: 5, To: 6}}}})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 5*4)
	if err := d.ReadFloat32(got, 1, 0, 0, 5); err != nil {
		t.Fatal(err)
	}
	for row, at := range []int{1, 0, 1, 1, 5} { // row 2 has a mean of 0 and 2
		if want := float32(plantedValue(stepped, row, 1, at, 2)); got[row*4+2] != want {
			t.Errorf("row %d: %v, want %v", row, got[row*4+2], want)
		}
	}
}

func TestMeanOfLongRows(t *testing.T) {
	const positions, width = 5000, 16
	data := npyFile("<f4", false, []int{1, 1, positions, width}, nil)
	for i := range positions * width {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(i/width)))
	}
	path := writeFile(t, "long.npy", data)
	d := open(t, Spec{Paths: []string{path}, Position: "mean"})
	got := make([]float64, width)
	if err := d.ReadFloat64(got, 0, 0, 0, 1); err != nil {
		t.Fatal(err)
	}
	for _, v := range got {
		if v != (positions-1)/2.0 {
			t.Fatalf("mean %v, want %v", got, (positions-1)/2.0)
		}
	}
}

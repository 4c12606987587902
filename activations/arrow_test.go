package activations

import (
	"errors"
	"slices"
	"testing"
)

func TestArrow(t *testing.T) {
	wide := Shape{Rows: 5, Layers: 3, Positions: 1, Width: 400}
	checkOpens(t, []opensAs{
		{name: "fixed-size lists", spec: Spec{Paths: []string{"fixed_f16.arrow"}}, format: "arrow-file", dtype: F16},
		{name: "stream", spec: Spec{Paths: []string{"fixed_f16.arrows"}}, format: "arrow-stream", dtype: F16},
		{name: "lists", spec: Spec{Paths: []string{"list_f32.arrows"}}, format: "arrow-stream", dtype: F32},
		{name: "large lists, lz4", spec: Spec{Paths: []string{"large_list_f64_lz4.arrow"}}, format: "arrow-file", dtype: F64},
		{name: "lists, zstd", spec: Spec{Paths: []string{"list_f32_zstd.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "compressed, zstd", spec: Spec{Paths: []string{"wide_f32_zstd.arrow"}}, format: "arrow-file", dtype: F32, shape: wide},
		{name: "compressed, lz4", spec: Spec{Paths: []string{"wide_f32_lz4.arrows"}}, format: "arrow-stream", dtype: F32, shape: wide},
		{name: "tensor", spec: Spec{Paths: []string{"tensor_f32.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "permuted tensor", spec: Spec{Paths: []string{"tensor_permuted_f32.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "feather", spec: Spec{Paths: []string{"feather_v2.feather"}}, format: "arrow-file", dtype: F32},
		{name: "polars file", spec: Spec{Paths: []string{"polars_f32.arrow"}}, format: "arrow-file", dtype: F32},
		{name: "polars stream", spec: Spec{Paths: []string{"polars_f32_zstd.arrows"}}, format: "arrow-stream", dtype: F32},
		{name: "bf16 as uint16", spec: Spec{Paths: []string{"bf16_uint16.arrow"}, DType: BF16}, format: "arrow-file", dtype: BF16},
		{name: "a column a layer", spec: Spec{Paths: []string{"layers_f16.arrow"}}, format: "arrow-file", dtype: F16,
			layers: []string{"layer_0", "layer_2", "layer_10"}},
		{name: "a pattern", spec: Spec{Paths: []string{"layers_wide_f32_zstd.arrow"}, Tensor: "layers.*"}, format: "arrow-file", dtype: F32,
			shape: wide, layers: []string{"layers.0", "layers.1", "layers.2"}},
		{name: "named axes", spec: Spec{Paths: []string{"fixed_f16.arrow"}, Axes: []Axis{Row, Layer, Width}}, format: "arrow-file", dtype: F16},
	})
}

func TestArrowTable(t *testing.T) {
	for _, file := range []string{"fixed_f16.arrow", "fixed_f16.arrows", "list_f32.arrows", "large_list_f64_lz4.arrow", "list_f32_zstd.arrow",
		"wide_f32_zstd.arrow", "tensor_f32.arrow", "layers_f16.arrow", "feather_v2.feather", "polars_f32.arrow", "polars_f32_zstd.arrows"} {
		t.Run(file, func(t *testing.T) {
			d := open(t, Spec{Paths: []string{formatsFile(file)}, ID: "id"})
			e, err := d.Examples()
			if err != nil {
				t.Fatal(err)
			}
			checkPlantedTable(t, e)
			ids, err := d.IDs()
			if err != nil || !slices.Equal(ids, []string{"a-0", "a-1", "b-0", "b-1", "c-0"}) {
				t.Errorf("ids %q, %v", ids, err)
			}
			if e, err = ReadExamples(formatsFile(file)); err != nil {
				t.Fatal(err)
			}
			checkPlantedTable(t, e)
		})
	}
}

// checkPlantedTable compares with the columns of testdata/formats/planted.py.
func checkPlantedTable(t *testing.T, e *Examples) {
	t.Helper()
	want := []struct {
		name   string
		kind   Kind
		values []any
	}{
		{"id", String, []any{"a-0", "a-1", "b-0", "b-1", "c-0"}},
		{"condition", String, []any{"neutral", "pressure", "neutral", nil, "pressure"}},
		{"label", Int, []any{1, 0, 1, 0, 1}},
		{"margin", Float, []any{0.5, -1.25, nil, 1e-3, 2.0}},
		{"right", Bool, []any{true, false, true, true, nil}},
	}
	if len(e.Columns()) != len(want) || e.Len() != 5 {
		t.Errorf("columns %s of %d rows", e.Names(), e.Len())
	}
	for _, w := range want {
		c, ok := e.Column(w.name)
		if !ok || c.Kind != w.kind {
			t.Errorf("column %q: %+v", w.name, c)
			continue
		}
		for i, v := range w.values {
			got := c.Value(i)
			if x, ok := got.(float64); ok && float32(x) == float32(1e-3) {
				got = 1e-3 // some files keep margin in 32 bits
			}
			if got != v {
				t.Errorf("%s %d: %v, want %v", w.name, i, got, v)
			}
		}
	}
}

func TestArrowDictionaryDeltas(t *testing.T) {
	e, err := ReadExamples(formatsFile("delta.arrows"))
	if err != nil {
		t.Fatal(err)
	}
	c, _ := e.Column("condition")
	for i, want := range []string{"a", "b", "a", "b", "c"} {
		if c.Value(i) != want {
			t.Errorf("row %d: %v, want %v", i, c.Value(i), want)
		}
	}
}

func TestDatasets(t *testing.T) {
	checkOpens(t, []opensAs{
		{name: "Array2D", spec: Spec{Paths: []string{"hf_array2d"}}, format: "arrow-stream", dtype: F32},
		{name: "Sequence", spec: Spec{Paths: []string{"hf_sequence"}}, format: "arrow-stream", dtype: F16},
	})
	d := open(t, Spec{Paths: []string{formatsFile("hf_list")}})
	if want := (Shape{5, 1, 1, 4}); d.Shape() != want || d.DType() != F64 || len(d.Files()) != 2 {
		t.Errorf("%v of %s in %v", d.Shape(), d.DType(), d.Files())
	}
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	checkPlantedTable(t, e)
	if e, err = ReadExamples(formatsFile("hf_list")); err != nil {
		t.Fatal(err)
	}
	checkPlantedTable(t, e)
	if where := e.Where(3); where != formatsFile("hf_list/data-00001-of-00002.arrow")+": row 0" {
		t.Errorf("where %s", where)
	}
}

func TestArrowRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"null row", Spec{Paths: []string{"null_row.arrow"}}, []string{"null_row.arrow", `column "states", row 3`, "a null"}},
		{"null number", Spec{Paths: []string{"null_number.arrow"}}, []string{"row 4", "a null"}},
		{"ragged", Spec{Paths: []string{"ragged.arrow"}}, []string{"row 3", "a list of 2, expected 4"}},
		{"no states", Spec{Paths: []string{"text_only.arrow"}}, []string{"columns", "none with numbers"}},
		{"undeclared bf16", Spec{Paths: []string{"bf16_uint16.arrow"}}, []string{"none with numbers"}},
		{"wrong declaration", Spec{Paths: []string{"fixed_f16.arrow"}, DType: F32}, []string{"fixed_size_list<fixed_size_list<float16>[4]>[3]", "f32, as declared"}},
		{"wrong column", Spec{Paths: []string{"fixed_f16.arrow"}, Tensor: "label"}, []string{`"label" among those`}},
		{"no such layers", Spec{Paths: []string{"layers_f16.arrow"}, Tensor: "block.*"}, []string{`match "block.*"`, `"layer_0"`}},
		{"several columns", Spec{Paths: []string{"layers_wide_f32_zstd.arrow"}}, []string{`"layers.0"`, `"other"`, "name the tensor"}},
		{"columns differ", Spec{Paths: []string{"layers_wide_f32_zstd.arrow"}, Tensor: "*"}, []string{`column "other"`, "4 wide", "400 wide"}},
		{"rows not first", Spec{Paths: []string{"fixed_f16.arrow"}, Axes: []Axis{Layer, Row, Width}}, []string{"begin with row"}},
		{"layers twice", Spec{Paths: []string{"layers_f16.arrow"}, Axes: []Axis{Row, Layer, Width}}, []string{"no layer axis", `"layer_2"`}},
		{"feather 1", Spec{Paths: []string{"feather_v1.feather"}}, []string{"Feather file of version 1"}},
	})
}

func TestArrowLayersEqualNPY(t *testing.T) {
	dir := "../testdata/capitals/"
	whole := open(t, Spec{Paths: []string{dir + "hidden_states.npy"}})
	some := open(t, Spec{Paths: []string{dir + "layers.arrow"}, ID: "id"})
	if want := []string{"layer_0", "layer_6", "layer_12", "layer_18", "layer_30"}; !slices.Equal(some.LayerNames(), want) {
		t.Fatalf("layers %q, want %q", some.LayerNames(), want)
	}
	s := some.Shape()
	got, want := make([]float32, s.Rows*s.Width), make([]float32, s.Rows*s.Width)
	for i, layer := range []int{0, 6, 12, 18, 30} {
		if err := errors.Join(some.ReadFloat32(got, i, 0, 0, s.Rows), whole.ReadFloat32(want, layer, 0, 0, s.Rows)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("layer %d differs", layer)
		}
	}
	inside, err := some.Examples()
	if err != nil {
		t.Fatal(err)
	}
	beside, err := ReadExamples(dir + "examples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range beside.Columns() {
		other, ok := inside.Column(c.Name)
		if !ok || other.Kind != c.Kind {
			t.Fatalf("column %q: %+v", c.Name, other)
		}
		for i := range beside.Len() {
			if c.Value(i) != other.Value(i) {
				t.Fatalf("%s: %s is %v, in Arrow %v", beside.Where(i), c.Name, c.Value(i), other.Value(i))
			}
		}
	}
}

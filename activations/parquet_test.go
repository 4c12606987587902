package activations

import (
	"strings"
	"testing"

	"tell/activations/internal/input"
)

func TestParquet(t *testing.T) {
	checkOpens(t, []opensAs{
		{name: "lists", spec: Spec{Paths: []string{"list_f32.parquet"}}, format: "parquet", dtype: F32},
		{name: "fixed-size lists, zstd", spec: Spec{Paths: []string{"fixed_f16_zstd.parquet"}}, format: "parquet", dtype: F16},
		{name: "large lists, page version 2, gzip", spec: Spec{Paths: []string{"large_list_f64_v2.parquet"}}, format: "parquet", dtype: F64},
		{name: "tensor", spec: Spec{Paths: []string{"tensor_f32.parquet"}}, format: "parquet", dtype: F32},
		{name: "permuted tensor", spec: Spec{Paths: []string{"tensor_permuted_f32.parquet"}}, format: "parquet", dtype: F32},
		{name: "bf16 as uint16", spec: Spec{Paths: []string{"bf16_uint16.parquet"}, DType: BF16}, format: "parquet", dtype: BF16},
		{name: "a column a layer", spec: Spec{Paths: []string{"layers_f32.parquet"}}, format: "parquet", dtype: F32,
			layers: []string{"layer_0", "layer_2", "layer_10"}},
		{name: "polars", spec: Spec{Paths: []string{"polars_f32.parquet"}}, format: "parquet", dtype: F32},
	})
	d := open(t, Spec{Paths: []string{formatsFile("pandas_f32.parquet")}})
	if want := (Shape{5, 1, 1, 4}); d.Shape() != want {
		t.Errorf("pandas: %v, want %v", d.Shape(), want)
	}
	row := make([]float64, 4)
	if err := d.ReadFloat64(row, 0, 0, 2, 3); err != nil || row[3] != plantedValue(planted, 2, 0, 0, 3) {
		t.Errorf("pandas: %v, %v", row, err)
	}
}

func TestParquetTable(t *testing.T) {
	for _, name := range []string{"list_f32.parquet", "fixed_f16_zstd.parquet", "large_list_f64_v2.parquet", "tensor_f32.parquet",
		"layers_f32.parquet", "polars_f32.parquet", "pandas_f32.parquet"} {
		t.Run(name, func(t *testing.T) {
			d := open(t, Spec{Paths: []string{formatsFile(name)}, ID: "id"})
			e, err := d.Examples()
			if err != nil {
				t.Fatal(err)
			}
			checkPlantedTable(t, e)
			if e, err = ReadExamples(formatsFile(name)); err != nil {
				t.Fatal(err)
			}
			checkPlantedTable(t, e)
		})
	}
	e, err := ReadExamples(formatsFile("table_types.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]any{
		"day": {"2026-02-28", nil, "2026-02-28"}, "time": {"2026-02-28T12:30:01.5Z", nil, nil},
		"count": {1, 1<<32 - 1, nil}, "half": {0.5, 1.0, 2.0},
	} {
		c, ok := e.Column(name)
		for i, v := range want {
			if !ok || c.Value(i) != v {
				t.Errorf("%s %d: %v, want %v", name, i, c.Value(i), v)
			}
		}
	}
}

func TestParquetRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"undeclared bf16", Spec{Paths: []string{"bf16_uint16.parquet"}}, []string{"none with numbers"}},
		{"wrong declaration", Spec{Paths: []string{"list_f32.parquet"}, DType: F64}, []string{"found f32", "f64, as declared"}},
		{"no states", Spec{Paths: []string{"table_types.parquet"}}, []string{"none with numbers"}},
	})
}

// Rows that are not as the first are found when the file is opened: the file says
// how many numbers a column has.
func TestParquetIrregular(t *testing.T) {
	for name, want := range map[string][]string{
		"null_number.parquet":   {`column "states", row 4`, "a null or an empty list"},
		"ragged.parquet":        {`column "states", row 3`, "a list of another length", "[4] in every row", "choose a position"},
		"ragged_tokens.parquet": {`column "states", row 1`, "a list of another length", "choose a position"},
	} {
		err := readLast(Spec{Paths: []string{formatsFile(name)}})
		if err == nil {
			t.Fatalf("%s read", name)
		}
		checkFormatError(t, err, want...)
	}
	f := input.InMemory("ragged", raggedFile{rows: 4, width: 256}.write(t))
	src, err := openParquet(f, Spec{Tensor: "layer_0", Axes: []Axis{Row, Position, Width}})
	if err == nil {
		src.Close()
		t.Fatal("rows of 1 and 2 positions opened as if they had as many")
	}
	f = input.InMemory("ragged", raggedFile{rows: 2, width: 2 * parquetBatch}.write(t))
	if src, err = openParquet(f, Spec{Tensor: "layer_0", Axes: []Axis{Row, Position, Width}}); err == nil {
		src.Close()
		t.Fatal("rows of 1 and 2 positions opened as if they had as many, the second not decoded with the first")
	}
	checkFormatError(t, err, "row 1", "a list of another length", "choose a position")
}

func TestThriftChecker(t *testing.T) {
	// A list of schema elements in field 2: each says that it has one child.
	element := []byte{5<<4 | thriftI32, 2, 0}
	nested := func(n int) []byte {
		b := []byte{2<<4 | thriftList, 0xf0 | thriftStruct, byte(n)}
		for range n {
			b = append(b, element...)
		}
		return append(b, 0)
	}
	if err := checkParquetFooter(nested(10)); err != nil {
		t.Error(err)
	}
	deep := append([]byte{1<<4 | thriftStruct}, []byte(strings.Repeat(string([]byte{1<<4 | thriftStruct}), 100))...)
	for name, b := range map[string][]byte{
		"deep schema":  nested(100),
		"long list":    {1<<4 | thriftList, 0xf0 | thriftI32, 0xff, 0xff, 0xff, 0x7f},
		"long string":  {1<<4 | thriftBinary, 0xff, 0xff, 0xff, 0x7f},
		"long map":     {1<<4 | thriftMap, 0xff, 0xff, 0xff, 0x7f, thriftI32<<4 | thriftI32},
		"deep structs": deep,
		"bad type":     {1<<4 | 15},
		"cut short":    {1 << 4},
	} {
		if err := checkParquetFooter(b); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

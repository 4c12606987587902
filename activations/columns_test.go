package activations

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	arrowarray "github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"tell/activations/internal/input"
)

// typedArrow has a column of every type that has a reading of its own, and a
// column that none can hold.
func typedArrow(t *testing.T) []byte {
	t.Helper()
	meta := arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		arrow.Field{Name: "in", Type: arrow.StructOf(arrow.Field{Name: "b", Type: arrow.BinaryTypes.String, Nullable: true}), Nullable: true})
	s := arrow.NewSchema([]arrow.Field{
		{Name: "zoned", Type: &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "Europe/Berlin"}},
		{Name: "naive", Type: &arrow.TimestampType{Unit: arrow.Microsecond}},
		{Name: "time", Type: arrow.FixedWidthTypes.Time64us},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}},
		{Name: "big", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "raw", Type: arrow.BinaryTypes.Binary},
		{Name: "meta", Type: meta, Nullable: true},
		{Name: "label", Type: arrow.PrimitiveTypes.Int8},
	}, nil)
	b := arrowarray.NewRecordBuilder(memory.DefaultAllocator, s)
	for i := range 3 {
		b.Field(0).(*arrowarray.TimestampBuilder).Append(arrow.Timestamp(moment.UnixMilli()))
		b.Field(1).(*arrowarray.TimestampBuilder).Append(arrow.Timestamp(moment.UnixMicro()))
		b.Field(2).(*arrowarray.Time64Builder).Append(arrow.Time64(timeOfDay))
		b.Field(3).(*arrowarray.Decimal128Builder).Append(decimal128.FromI64(int64(-12345)))
		b.Field(4).(*arrowarray.Uint64Builder).Append(math.MaxInt64 + uint64(i))
		b.Field(5).(*arrowarray.BinaryBuilder).Append([]byte{1})
		m := b.Field(6).(*arrowarray.StructBuilder)
		if i == 1 {
			m.AppendNull()
		} else {
			m.Append(true)
			m.FieldBuilder(0).(*arrowarray.Int64Builder).Append(int64(i))
			in := m.FieldBuilder(1).(*arrowarray.StructBuilder)
			in.Append(true)
			in.FieldBuilder(0).(*arrowarray.StringBuilder).Append(fmt.Sprint("b", i))
		}
		b.Field(7).(*arrowarray.Int8Builder).Append(int8(i))
	}
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(s))
	if err := w.Write(b.NewRecordBatch()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var moment = time.Date(2025, 3, 1, 11, 0, 0, 250_000_000, time.UTC)

const timeOfDay = int64((13*3600+5*60+7)*1_000_000 + 500_000) // microseconds

// typedParquet is the same table.
func typedParquet(t *testing.T) []byte {
	t.Helper()
	optional, required := parquet.Repetitions.Optional, parquet.Repetitions.Required
	logical := func(name string, l schema.LogicalType, physical parquet.Type, size int) schema.Node {
		n, err := schema.NewPrimitiveNodeLogical(name, required, l, physical, size, -1)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	text, err := schema.NewPrimitiveNodeLogical("b", optional, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	in, err := schema.NewGroupNode("in", optional, schema.FieldList{text}, -1)
	if err != nil {
		t.Fatal(err)
	}
	meta, err := schema.NewGroupNode("meta", optional, schema.FieldList{schema.NewInt64Node("a", optional, -1), in}, -1)
	if err != nil {
		t.Fatal(err)
	}
	root, err := schema.NewGroupNode("schema", required, schema.FieldList{
		logical("zoned", schema.NewTimestampLogicalType(true, schema.TimeUnitMillis), parquet.Types.Int64, -1),
		logical("naive", schema.NewTimestampLogicalType(false, schema.TimeUnitMicros), parquet.Types.Int64, -1),
		logical("time", schema.NewTimeLogicalType(false, schema.TimeUnitMicros), parquet.Types.Int64, -1),
		logical("price", schema.NewDecimalLogicalType(10, 2), parquet.Types.FixedLenByteArray, 5),
		logical("big", schema.NewIntLogicalType(64, false), parquet.Types.Int64, -1),
		schema.NewByteArrayNode("raw", required, -1),
		meta,
		schema.NewInt32Node("label", required, -1),
	}, -1)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := pqfile.NewParquetWriter(&out, root)
	group, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	price := parquet.FixedLenByteArray{0xff, 0xff, 0xff, 0xcf, 0xc7} // -12345
	tooBig := uint64(math.MaxInt64) + 1
	for _, write := range []func(c pqfile.ColumnChunkWriter) error{
		int64s(moment.UnixMilli(), moment.UnixMilli(), moment.UnixMilli()),
		int64s(moment.UnixMicro(), moment.UnixMicro(), moment.UnixMicro()),
		int64s(timeOfDay, timeOfDay, timeOfDay),
		func(c pqfile.ColumnChunkWriter) error {
			_, err := c.(*pqfile.FixedLenByteArrayColumnChunkWriter).WriteBatch([]parquet.FixedLenByteArray{price, price, price}, nil, nil)
			return err
		},
		int64s(math.MaxInt64, int64(tooBig), int64(tooBig+1)),
		func(c pqfile.ColumnChunkWriter) error {
			_, err := c.(*pqfile.ByteArrayColumnChunkWriter).WriteBatch([]parquet.ByteArray{{1}, {1}, {1}}, nil, nil)
			return err
		},
		func(c pqfile.ColumnChunkWriter) error {
			_, err := c.(*pqfile.Int64ColumnChunkWriter).WriteBatch([]int64{0, 2}, []int16{2, 0, 2}, nil)
			return err
		},
		func(c pqfile.ColumnChunkWriter) error {
			_, err := c.(*pqfile.ByteArrayColumnChunkWriter).WriteBatch([]parquet.ByteArray{[]byte("b0"), []byte("b2")}, []int16{3, 0, 3}, nil)
			return err
		},
		func(c pqfile.ColumnChunkWriter) error {
			_, err := c.(*pqfile.Int32ColumnChunkWriter).WriteBatch([]int32{0, 1, 2}, nil, nil)
			return err
		},
	} {
		column, err := group.NextColumn()
		if err == nil {
			err = write(column)
		}
		if err == nil {
			err = column.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func int64s(values ...int64) func(c pqfile.ColumnChunkWriter) error {
	return func(c pqfile.ColumnChunkWriter) error {
		_, err := c.(*pqfile.Int64ColumnChunkWriter).WriteBatch(values, nil, nil)
		return err
	}
}

// One type reads alike from Arrow and Parquet, fields of structs are columns,
// and a column that cannot be held stops nothing.
func TestTypesReadAlike(t *testing.T) {
	for name, data := range map[string][]byte{"arrow": typedArrow(t), "parquet": typedParquet(t)} {
		e, err := readExamples(input.InMemory(name, data), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		var names []string
		for _, c := range e.Columns() {
			names = append(names, c.Name)
		}
		if !slices.Equal(names, []string{"zoned", "naive", "time", "price", "meta.a", "meta.in.b", "label"}) {
			t.Errorf("%s: columns %q", name, names)
		}
		for column, want := range map[string][]any{
			"zoned": {"2025-03-01T11:00:00.25Z"}, "naive": {"2025-03-01T11:00:00.25"}, "time": {"13:05:07.5"}, "price": {"-123.45"},
			"meta.a": {0, nil, 2}, "meta.in.b": {"b0", nil, "b2"}, "label": {0, 1, 2},
		} {
			c, ok := e.Column(column)
			for i, v := range want {
				if !ok || c.Value(i) != v {
					t.Errorf("%s, %s %d: %v, want %v", name, column, i, c.Value(i), v)
				}
			}
		}
		omitted := fmt.Sprint(e.Omitted())
		for _, want := range []string{"{big row 1 has 9223372036854775808, and whole numbers go up to 2^63-1}", "{raw b"} {
			if !strings.Contains(omitted, want) {
				t.Errorf("%s: left out %s, want %s", name, omitted, want)
			}
		}
	}
}

// Whole numbers of CSV that no int holds are left out as those of other formats are:
// as floats, two ids would be one.
func TestWholeNumbersBeyondIntOfCSV(t *testing.T) {
	const text = "label,id,ok,mean,text\n0,1,9223372036854775807,1e19,9223372036854775808\n1,9223372036854775808,1,2.5,x\n0,,2,3,\n"
	e, err := readExamples(input.InMemory("x.csv", []byte(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Names(); got != `"label", "ok", "mean", "text"` {
		t.Errorf("columns %s", got)
	}
	if got := fmt.Sprint(e.Omitted()); got != "[{id row 1 has 9223372036854775808, and whole numbers go up to 2^63-1}]" {
		t.Errorf("left out %s", got)
	}
	for name, kind := range map[string]Kind{"ok": Int, "mean": Float, "text": String} {
		if c, _ := e.Column(name); c == nil || c.Kind != kind {
			t.Errorf("%s: %v, want %s", name, c, kind)
		}
	}
}

// A column that one shard cannot hold is left out of all.
func TestOmittedFromAllShards(t *testing.T) {
	states := npyFile("<f4", false, []int{2, 1}, [][]byte{f32(3), f32(4)})
	label := npyFile("<i8", false, []int{2}, [][]byte{make([]byte, 16)})
	dir := t.TempDir()
	for i, item := range [][]byte{{1, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0x80}} {
		big := npyFile("<u8", false, []int{2}, [][]byte{item, item})
		writeTo(t, filepath.Join(dir, fmt.Sprintf("%d.npz", i)), zipFile(t, 0, "label.npy", label, "big.npy", big, "states.npy", states))
	}
	for _, order := range [][]string{{"0", "1"}, {"1", "0"}} {
		d := open(t, Spec{Paths: []string{filepath.Join(dir, order[0]+".npz"), filepath.Join(dir, order[1]+".npz")}})
		e, err := d.Examples()
		if err != nil {
			t.Fatal(err)
		}
		if omitted := e.Omitted(); e.Names() != `"label"` || e.Len() != 4 || len(omitted) != 1 || omitted[0].Name != "big" {
			t.Errorf("columns %s of %d rows, left out %v", e.Names(), e.Len(), omitted)
		}
	}
}

// Fields of nested objects in JSON are columns that are made when they are asked
// for.
func TestNestedFields(t *testing.T) {
	e, err := ReadExamples(writeFile(t, "x.jsonl", []byte(`{"meta": {"a": 1, "s": {"c": true}, "d.e": "x", "mixed": 1}}
{"meta": {"a": 2.5, "mixed": "y"}}
{}
`)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]any{
		"meta.a": {1.0, 2.5, nil}, "meta.s.c": {true, nil, nil}, "meta.d.e": {"x", nil, nil}, "meta.s": {`{"c":true}`, nil, nil},
	} {
		c, ok := e.Column(name)
		for i, v := range want {
			if !ok || c.Value(i) != v {
				t.Errorf("%s %d: %v, want %v", name, i, c, v)
			}
		}
	}
	for _, name := range []string{"meta.none", "meta.mixed", "none.a", "meta.", ".a", "meta.a.b"} {
		if c, ok := e.Column(name); ok {
			t.Errorf("%s is %v", name, c)
		}
	}
	if len(e.Columns()) != 1 {
		t.Errorf("columns %s", e.Names())
	}
}

// Python writes NaN and Infinity, which JSON lacks, for what is missing.
func TestJSONLMissingNumbers(t *testing.T) {
	e, err := ReadExamples(writeFile(t, "x.jsonl", []byte(`{"x": NaN, "y": 1, "s": "NaN \" Infinity"}
{"x": 0.5, "y": -Infinity, "s": "NaN"}
{"x":Infinity,"y":2,"n":[NaN,1,-Infinity],"s":null}
`)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]any{
		"x": {nil, 0.5, nil}, "y": {1, nil, 2}, "s": {`NaN " Infinity`, "NaN", nil}, "n": {nil, nil, "[null,1,null]"},
	} {
		c, ok := e.Column(name)
		for i, v := range want {
			if !ok || c.Value(i) != v {
				t.Errorf("%s %d: %v, want %v", name, i, c.Value(i), v)
			}
		}
	}
	if _, err := ReadExamples(writeFile(t, "x.jsonl", []byte(`{"x": NaNNa}`))); err == nil {
		t.Error("NaNNa read")
	}
}

// What line 1 seems to be separated by is named, and text in another encoding is
// refused.
func TestTablesOfOthers(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"semi.csv":     {"id;group;label\nr0;g0;0\n", "one column, \"id;group;label\", expected commas between the cells, not semicolons"},
		"mixed.csv":    {"id;group;label\nr0;g0;0,5\n", "semicolons as line 1 seems to have"},
		"tabs.csv":     {"id\tgroup\tlabel\nr0\tg0\t0\n", "not tabs as line 1 seems to have"},
		"commas.tsv":   {"id,group,label\nr0,g0,0\n", "expected tabs between the cells, not commas"},
		"latin1.csv":   {"id,text\nr0,Z\xfcrich\n", `column "text": found bytes that are not UTF-8, "Z\xfcrich"`},
		"header.csv":   {"id,gr\xfc\xdfe\nr0,x\n", "not UTF-8"},
		"latin1.jsonl": {"{\"a\": 1}\n{\"a\": 1, \"text\": \"Z\xfcrich\"}\n", "iconv -f WINDOWS-1252 -t UTF-8"},
	} {
		if _, err := ReadExamples(writeFile(t, name, []byte(test.text))); err == nil {
			t.Errorf("%s read", name)
		} else {
			checkFormatError(t, err, name, test.want)
		}
	}
	for _, text := range []string{"a;b\n1\n", "text\nfoo\n", "a,b;c;d\n1,2\n"} {
		if _, err := ReadExamples(writeFile(t, "x.csv", []byte(text))); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	e, err := ReadExamples(writeFile(t, "x.csv", []byte("a,b,c\n0.0,x,1\n1.0,1,Infinity\n,y,2\nNA,z,3\n-,2,4\n0.5,3,5\n")))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := e.Column("a"); c.Kind != String {
		t.Error(c.Kind)
	} else if row, ok := c.NotNumber(); !ok || row != 3 {
		t.Errorf("row %d, %v", row, ok)
	}
	if c, _ := e.Column("c"); c != nil {
		if row, ok := c.NotNumber(); !ok || row != 1 {
			t.Errorf("row %d, %v, want that of Infinity", row, ok)
		}
	}
	if c, _ := e.Column("b"); c != nil {
		if row, ok := c.NotNumber(); ok {
			t.Errorf("row %d of text", row)
		}
	}
}

func writeTo(t *testing.T, path string, data []byte) {
	t.Helper()
	f := writeFile(t, "file", data)
	if err := os.Rename(f, path); err != nil {
		t.Fatal(err)
	}
}

// Shards that are numbered among so many must all be there, unless they are
// listed.
func TestMissingShards(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, i := range []int{0, 1, 3} {
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("part-%05d-of-00004.npy", i)))
		writeTo(t, paths[len(paths)-1], npyFile("<f4", false, []int{1, 1}, [][]byte{f32(3)}))
	}
	_, err := Open(Spec{Paths: []string{filepath.Join(dir, "*.npy")}})
	if err == nil {
		t.Fatal("opened")
	}
	checkFormatError(t, err, "part-*-of-00004.npy: shards: found 3 of 4, without 2, expected all of them")
	d := open(t, Spec{Paths: paths})
	if notes := d.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "3 of 4, without 2") {
		t.Errorf("%q", notes)
	}
	writeTo(t, filepath.Join(dir, "part-00002-of-00004.npy"), npyFile("<f4", false, []int{1, 1}, [][]byte{f32(3)}))
	if d := open(t, Spec{Paths: []string{filepath.Join(dir, "*.npy")}}); d.Shape().Rows != 4 || len(d.Notes()) > 0 {
		t.Errorf("%v, %q", d.Shape(), d.Notes())
	}
	for _, names := range [][]string{{"a-00001-of-00002.x", "a-00002-of-00002.x"}, {"hs_1.npy", "hs_3.npy"}, {"one-of-a-kind.npy"}} {
		if err := missingShards(names); err != nil {
			t.Errorf("%q: %v", names, err)
		}
	}
}

// What a file is, and what to do about it.
func TestHints(t *testing.T) {
	archive := zipFile(t, 8, "notes.json", []byte("{}"), "more/1.json", []byte("{}"))
	checkRefused(t, []refused{
		{"objects", Spec{Paths: []string{"objects.npy"}}, []string{"Python objects, such as arrays of several lengths", "np.stack(list("}},
		{"archive", Spec{Paths: []string{writeFile(t, "notes.zip", archive)}}, []string{`no member that ends in .npy among "notes.json", "more/1.json"`}},
		{"ragged", Spec{Paths: []string{"ragged_tokens.arrow"}}, []string{"choose a position", "name the axes, such as [row, position, layer, width]"}},
	})
	_, err := ReadExamples(writeFile(t, "x.json", []byte("{\n  \"rows\": []\n}\n")))
	if err == nil {
		t.Fatal("a JSON document read as lines")
	}
	checkFormatError(t, err, "x.json", "an array of objects, an object with one such array, or an object of columns")
	for text, want := range map[string]string{npyMagic: "npy", "PK\x03\x04": "npz", "{}": "", "activations: {}": "", "": "", "\x89HDF\r\n\x1a\n": "hdf5"} {
		if got := Recognise([]byte(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

package activations

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// arrowType numbers the types as Arrow's Schema.fbs does.
type arrowType uint8

const (
	arrowNull            arrowType = 1
	arrowInt             arrowType = 2
	arrowFloat           arrowType = 3
	arrowBinary          arrowType = 4
	arrowUtf8            arrowType = 5
	arrowBool            arrowType = 6
	arrowDecimal         arrowType = 7
	arrowDate            arrowType = 8
	arrowTime            arrowType = 9
	arrowTimestamp       arrowType = 10
	arrowInterval        arrowType = 11
	arrowList            arrowType = 12
	arrowStruct          arrowType = 13
	arrowUnion           arrowType = 14
	arrowFixedSizeBinary arrowType = 15
	arrowFixedSizeList   arrowType = 16
	arrowMap             arrowType = 17
	arrowDuration        arrowType = 18
	arrowLargeBinary     arrowType = 19
	arrowLargeUtf8       arrowType = 20
	arrowLargeList       arrowType = 21
	arrowRunEndEncoded   arrowType = 22
	arrowBinaryView      arrowType = 23
	arrowUtf8View        arrowType = 24
	arrowListView        arrowType = 25
	arrowLargeListView   arrowType = 26
)

// arrowField is a column, or a child of one.
type arrowField struct {
	name     string
	typ      arrowType
	bits     int // of ints, and of floats: 16, 32 or 64
	signed   bool
	size     int // of fixed-size lists and binaries
	unit     int
	zone     string
	scale    [2]int32 // precision and scale of decimals
	dense    bool     // unions
	children []arrowField

	dictionary *arrowDictionary

	extension, extensionMeta string
	layers                   string // their names, as Convert writes them
}

// arrowDictionary says that a column holds indices into dictionary id.
type arrowDictionary struct {
	id    int64
	index arrowField
}

// maxArrowDepth is how deep types may nest.
const maxArrowDepth = 32

// arrowSchema decodes a schema. References can share what they point at, so
// that a few bytes unfold into many fields; budget bounds how many bytes do.
type arrowSchema struct {
	budget int
	bad    string // what is wrong
	want   string // instead of a schema
}

func (s *arrowSchema) decode(t flatTable) []arrowField {
	if t.int16(0, 0) != 0 {
		s.bad, s.want = "big-endian numbers", "little-endian ones: pyarrow swaps them when it reads the file, and writes them so"
		return nil
	}
	return s.fields(t.tables(1), 0)
}

func (s *arrowSchema) fields(tables []flatTable, depth int) []arrowField {
	if depth > maxArrowDepth {
		s.bad = fmt.Sprintf("types nested more than %d deep", maxArrowDepth)
		return nil
	}
	var fields []arrowField
	for _, t := range tables {
		if s.bad != "" {
			break
		}
		fields = append(fields, s.field(t, depth))
	}
	return fields
}

func (s *arrowSchema) field(t flatTable, depth int) arrowField {
	f := arrowField{name: t.string(0), typ: arrowType(t.uint8(2))}
	if typ, ok := t.table(3); ok {
		f.parameters(typ)
	}
	if d, ok := t.table(4); ok {
		f.dictionary = &arrowDictionary{id: d.int64(0), index: arrowField{typ: arrowInt, bits: 32, signed: true}}
		if index, ok := d.table(1); ok {
			f.dictionary.index.parameters(index)
		}
	}
	if s.budget -= 8 + len(f.name); s.budget < 0 {
		s.bad = "more fields than the metadata has room for"
		return f
	}
	f.children = s.fields(t.tables(5), depth+1)
	s.pairs(t, 6, func(key, value string) {
		switch key {
		case "ARROW:extension:name":
			f.extension = value
		case "ARROW:extension:metadata":
			f.extensionMeta = value
		case layersKey:
			f.layers = value
		}
	})
	switch f.typ {
	case arrowList, arrowLargeList, arrowFixedSizeList, arrowListView, arrowLargeListView, arrowMap:
		if len(f.children) != 1 && s.bad == "" {
			s.bad = fmt.Sprintf("%d children of list %q where there is one", len(f.children), f.name)
		}
	}
	return f
}

// pairs hands the metadata in field i of a schema or field to visit.
func (s *arrowSchema) pairs(t flatTable, i int, visit func(key, value string)) {
	for _, pair := range t.tables(i) {
		if s.budget < 0 {
			return
		}
		key, value := pair.string(0), pair.string(1)
		s.budget -= len(key) + len(value)
		visit(key, value)
	}
}

// parameters reads what belongs to the type, with the defaults of Schema.fbs.
func (f *arrowField) parameters(t flatTable) {
	switch f.typ {
	case arrowInt:
		f.bits, f.signed = int(t.int32(0, 0)), t.bool(1)
	case arrowFloat:
		f.bits = 16 << (t.int16(0, 0) & 3)
	case arrowDecimal:
		f.scale, f.bits = [2]int32{t.int32(0, 0), t.int32(1, 0)}, int(t.int32(2, 128))
	case arrowDate, arrowDuration:
		f.unit = int(t.int16(0, 1))
	case arrowTime:
		f.unit, f.bits = int(t.int16(0, 1)), int(t.int32(1, 32))
	case arrowTimestamp:
		f.unit, f.zone = int(t.int16(0, 0)), t.string(1)
	case arrowUnion:
		f.dense = t.int16(0, 0) == 1
	case arrowFixedSizeBinary, arrowFixedSizeList:
		f.size = int(t.int32(0, 0))
	}
}

// extent counts the nodes, buffers and columns of views that a column takes in
// a record batch.
func (f *arrowField) extent() (nodes, buffers, views int) {
	nodes = 1
	switch {
	case f.dictionary != nil:
		return 1, 2, 0
	case f.typ == arrowNull, f.typ == arrowRunEndEncoded:
	case f.typ == arrowFixedSizeList, f.typ == arrowStruct:
		buffers = 1
	case f.typ == arrowUnion && !f.dense:
		buffers = 1
	case f.typ == arrowBinary, f.typ == arrowUtf8, f.typ == arrowLargeBinary, f.typ == arrowLargeUtf8,
		f.typ == arrowListView, f.typ == arrowLargeListView:
		buffers = 3
	case f.typ == arrowBinaryView, f.typ == arrowUtf8View:
		buffers, views = 2, 1
	default:
		buffers = 2
	}
	for i := range f.children {
		n, b, v := f.children[i].extent()
		nodes, buffers, views = nodes+n, buffers+b, views+v
	}
	return nodes, buffers, views
}

// flat returns the type of the column's values if it can stand in a table of
// examples. What nests is left out of the table.
func (f *arrowField) flat() (arrow.DataType, bool) {
	unit := arrow.TimeUnit(f.unit & 3)
	switch f.typ {
	case arrowInt:
		return f.integer()
	case arrowFloat:
		switch f.bits {
		case 16:
			return arrow.FixedWidthTypes.Float16, true
		case 32:
			return arrow.PrimitiveTypes.Float32, true
		case 64:
			return arrow.PrimitiveTypes.Float64, true
		}
	case arrowNull:
		return arrow.Null, true
	case arrowBool:
		return arrow.FixedWidthTypes.Boolean, true
	case arrowUtf8:
		return arrow.BinaryTypes.String, true
	case arrowLargeUtf8:
		return arrow.BinaryTypes.LargeString, true
	case arrowUtf8View:
		return arrow.BinaryTypes.StringView, true
	case arrowDate:
		if f.unit == 0 {
			return arrow.FixedWidthTypes.Date32, true
		}
		return arrow.FixedWidthTypes.Date64, true
	case arrowTimestamp:
		return &arrow.TimestampType{Unit: unit, TimeZone: f.zone}, true
	case arrowTime:
		if f.bits == 32 {
			return &arrow.Time32Type{Unit: unit}, true
		}
		return &arrow.Time64Type{Unit: unit}, true
	case arrowDuration:
		return &arrow.DurationType{Unit: unit}, true
	case arrowDecimal:
		if f.bits == 128 {
			return &arrow.Decimal128Type{Precision: f.scale[0], Scale: f.scale[1]}, true
		}
	}
	return nil, false
}

func (f *arrowField) integer() (arrow.DataType, bool) {
	types := map[int][2]arrow.DataType{
		8:  {arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Int8},
		16: {arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Int16},
		32: {arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Int32},
		64: {arrow.PrimitiveTypes.Uint64, arrow.PrimitiveTypes.Int64},
	}
	pair, ok := types[f.bits]
	if f.signed {
		return pair[1], ok
	}
	return pair[0], ok
}

// plain is the type without what says how its values are stored, as Parquet has it.
func (f arrowField) plain() arrowField {
	f.dictionary = nil
	switch f.typ {
	case arrowLargeBinary, arrowBinaryView:
		f.typ = arrowBinary
	case arrowLargeUtf8, arrowUtf8View:
		f.typ = arrowUtf8
	case arrowLargeList, arrowFixedSizeList, arrowListView, arrowLargeListView:
		f.typ = arrowList
	}
	children := make([]arrowField, len(f.children))
	for i, child := range f.children {
		children[i] = child.plain()
	}
	f.children = children
	return f
}

// String describes the type as Arrow spells it, as far as errors need it.
func (f *arrowField) String() string {
	names := map[arrowType]string{
		arrowNull: "null", arrowBinary: "binary", arrowUtf8: "string", arrowBool: "bool", arrowDecimal: "decimal",
		arrowDate: "date", arrowTime: "time", arrowTimestamp: "timestamp", arrowInterval: "interval", arrowStruct: "struct",
		arrowUnion: "union", arrowFixedSizeBinary: "fixed-size binary", arrowMap: "map", arrowDuration: "duration",
		arrowLargeBinary: "large binary", arrowLargeUtf8: "large string", arrowRunEndEncoded: "run-end encoded",
		arrowBinaryView: "binary view", arrowUtf8View: "string view",
	}
	switch {
	case f.dictionary != nil:
		values := *f
		values.dictionary = nil
		return "dictionary of " + values.String()
	case f.typ == arrowInt && f.signed:
		return fmt.Sprintf("int%d", f.bits)
	case f.typ == arrowInt:
		return fmt.Sprintf("uint%d", f.bits)
	case f.typ == arrowFloat:
		return fmt.Sprintf("float%d", f.bits)
	case f.typ == arrowList && len(f.children) == 1:
		return fmt.Sprintf("list<%s>", &f.children[0])
	case f.typ == arrowLargeList && len(f.children) == 1:
		return fmt.Sprintf("large_list<%s>", &f.children[0])
	case f.typ == arrowListView && len(f.children) == 1:
		return fmt.Sprintf("list_view<%s>", &f.children[0])
	case f.typ == arrowLargeListView && len(f.children) == 1:
		return fmt.Sprintf("large_list_view<%s>", &f.children[0])
	case f.typ == arrowFixedSizeList && len(f.children) == 1:
		return fmt.Sprintf("fixed_size_list<%s>[%d]", &f.children[0], f.size)
	}
	if name, ok := names[f.typ]; ok {
		return name
	}
	return fmt.Sprintf("type %d", f.typ)
}

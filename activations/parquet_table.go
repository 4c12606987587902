package activations

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// examples reads the columns that hold one value a row and are not to be
// skipped, and those of lists that are named. Dates and timestamps are text;
// other types that the kinds of columns do not cover are left out.
func (p *parquetFile) examples(skip func(name string) bool, lists []string) (*Examples, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var columns []*Column
	var others []string
	var omitted []Omitted
	seen := map[string]bool{}
	arrows := p.arrowFields()
	p.memory = input.NewTableMemory(p.File)
	for i := range p.r.MetaData().Schema.NumColumns() {
		leaf := p.r.MetaData().Schema.Column(i)
		path := leaf.ColumnPath()
		node := columnNode(leaf)
		kind, fill := parquetKind(leaf), p.fill
		name := node.Path()
		listed := listKind(leaf) != "" && name == path[0] &&
			(node == leaf.SchemaNode() || parquetWords(node) == "list<"+parquetWords(leaf.SchemaNode())+">")
		switch {
		case listed && slices.Contains(lists, name):
			kind, fill = String, p.fillLists
		case listed && !skip(path[0]):
			others = append(others, name)
			continue
		case leaf.MaxRepetitionLevel() > 0:
			kind = ""
		}
		switch {
		case skip(path[0]):
			continue
		case kind == "":
			omitted = append(omitted, Omitted{Name: name, Reason: parquetWords(node)})
			continue
		case seen[name] && len(path) > 1:
			omitted = append(omitted, Omitted{Name: name, Reason: "a name that occurs twice"})
			continue
		case seen[name]:
			return nil, p.Errorf("columns", -1, fmt.Sprintf("%q twice", path[0]), "each column once")
		}
		seen[name] = true
		p.duration = arrows[name]
		if p.duration != nil {
			kind = String
		}
		c := &Column{Name: name, Kind: kind}
		part := fmt.Sprintf("column %q", c.Name)
		err := p.guard(part, func() error { return fill(c, i, part) })
		if bad, ok := errors.AsType[*table.Unheld](err); ok {
			omitted = append(omitted, Omitted{Name: name, Reason: bad.Reason})
			continue
		}
		if err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	rows := 0
	if len(columns) > 0 {
		rows = int(p.r.NumRows())
	}
	omitted = slices.CompactFunc(omitted, func(a, b Omitted) bool { return a.Name == b.Name })
	return table.New(columns, table.Part{Path: p.Path, Rows: rows}).LeaveOut(others, omitted), nil
}

func parquetKind(c *schema.Column) Kind {
	switch c.LogicalType().(type) {
	case schema.DateLogicalType, schema.TimestampLogicalType, schema.TimeLogicalType:
		return String
	case schema.DecimalLogicalType:
		if c.PhysicalType() != parquet.Types.FixedLenByteArray || c.TypeLength() <= 16 {
			return String
		}
		return ""
	case schema.UUIDLogicalType, schema.IntervalLogicalType:
		return ""
	case schema.NullLogicalType:
		return String
	}
	switch c.PhysicalType() {
	case parquet.Types.Boolean:
		return Bool
	case parquet.Types.Int32, parquet.Types.Int64:
		return Int
	case parquet.Types.Float, parquet.Types.Double:
		return Float
	case parquet.Types.ByteArray:
		switch c.LogicalType().(type) {
		case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType:
			return String
		}
	case parquet.Types.FixedLenByteArray:
		if parquetNumber(c, "") == F16 {
			return Float
		}
	}
	return ""
}

// fill appends the values of leaf column i.
func (p *parquetFile) fill(c *Column, i int, part string) error {
	leaf := p.r.MetaData().Schema.Column(i)
	convert := p.converter(leaf)
	var defined [parquetBatch]int16
	for g := range p.r.NumRowGroups() {
		chunk, err := p.column(g, i, part)
		if err != nil {
			return err
		}
		read := parquetValues(chunk, convert != nil)
		for morePages(chunk) {
			values, n, err := read(defined[:])
			if err == nil && n == 0 {
				err = fmt.Errorf("a page without values")
			}
			if err != nil {
				return p.Errorf(part, -1, input.InWords(err), "values in row group %d", g)
			}
			if err := p.memory.Take(part, n, 0); err != nil {
				return err
			}
			stored := 0
			for _, level := range defined[:n] {
				if leaf.MaxDefinitionLevel() > 0 && level < leaf.MaxDefinitionLevel() {
					c.Append(nil)
					continue
				}
				v, err := parquetValue(values(stored), leaf.LogicalType())
				if err != nil {
					return table.BeyondInt(c.Len(), err)
				}
				if convert != nil {
					v = convert(v)
				}
				c.Append(v)
				stored++
				if text, ok := v.(string); ok {
					if err := p.memory.Take(part, 0, int64(len(text))); err != nil {
						return err
					}
				}
			}
			if int64(c.Len()) > p.r.NumRows() {
				break
			}
		}
		if err := chunk.Err(); err != nil {
			return p.Errorf(part, -1, input.InWords(err), "pages in row group %d", g)
		}
	}
	if int64(c.Len()) != p.r.NumRows() {
		return p.Errorf(part, -1, fmt.Sprintf("%d rows", c.Len()), "%d", p.r.NumRows())
	}
	return nil
}

// parquetValues returns a function that reads a batch: the stored value i of
// it, and how many rows there are with the nulls.
func parquetValues(chunk pqfile.ColumnChunkReader, asBytes bool) func(defined []int16) (value func(i int) any, n int64, err error) {
	switch c := chunk.(type) {
	case *pqfile.BooleanColumnChunkReader:
		return parquetReader(c.ReadBatchInPage, func(v bool) any { return v })
	case *pqfile.Int32ColumnChunkReader:
		return parquetReader(c.ReadBatchInPage, func(v int32) any { return int64(v) })
	case *pqfile.Int64ColumnChunkReader:
		return parquetReader(c.ReadBatchInPage, func(v int64) any { return v })
	case *pqfile.Float32ColumnChunkReader:
		return parquetReader(c.ReadBatchInPage, func(v float32) any { return float64(v) })
	case *pqfile.Float64ColumnChunkReader:
		return parquetReader(c.ReadBatchInPage, func(v float64) any { return v })
	case *pqfile.ByteArrayColumnChunkReader:
		return parquetReader(c.ReadBatchInPage, func(v parquet.ByteArray) any { return string(v) })
	case *pqfile.FixedLenByteArrayColumnChunkReader:
		if asBytes {
			return parquetReader(c.ReadBatchInPage, func(v parquet.FixedLenByteArray) any { return string(v) })
		}
		return parquetReader(c.ReadBatchInPage, func(v parquet.FixedLenByteArray) any { return fromHalf(v) })
	}
	return func([]int16) (func(int) any, int64, error) {
		return nil, 0, fmt.Errorf("values of type %v", chunk.Type())
	}
}

func parquetReader[T any](read func(int64, []T, []int16, []int16) (int64, int, error), convert func(T) any) func([]int16) (func(int) any, int64, error) {
	values := make([]T, parquetBatch)
	return func(defined []int16) (func(int) any, int64, error) {
		n, stored, err := read(parquetBatch, values, defined, nil)
		return func(i int) any { return convert(values[:stored][i]) }, n, err
	}
}

// parquetValue gives integers the meaning that their logical type says.
func parquetValue(v any, logical schema.LogicalType) (any, error) {
	i, ok := v.(int64)
	if !ok {
		return v, nil
	}
	switch l := logical.(type) {
	case schema.DateLogicalType:
		return dateText(i), nil
	case schema.TimestampLogicalType:
		return timestampText(i, parquetUnit(l.TimeUnit()), l.IsAdjustedToUTC()), nil
	case schema.TimeLogicalType:
		return timeText(i, parquetUnit(l.TimeUnit())), nil
	case schema.IntLogicalType:
		if l.IsSigned() {
			break
		}
		if l.BitWidth() == 32 {
			i &= math.MaxUint32
		}
		if i < 0 {
			return nil, fmt.Errorf("%d", uint64(i))
		}
	}
	return int(i), nil
}

func parquetUnit(unit schema.TimeUnitType) time.Duration {
	switch unit {
	case schema.TimeUnitMillis:
		return time.Millisecond
	case schema.TimeUnitMicros:
		return time.Microsecond
	}
	return time.Nanosecond
}

// converter is what makes text of decimals and durations, or nil.
func (p *parquetFile) converter(leaf *schema.Column) func(any) any {
	if d, ok := leaf.LogicalType().(schema.DecimalLogicalType); ok {
		return func(v any) any { return decimalText(v, d.Scale()) }
	}
	if p.duration != nil {
		unit := arrow.TimeUnit(p.duration.unit & 3)
		return func(v any) any {
			n, _ := v.(int)
			return durationText(int64(n), unit)
		}
	}
	return nil
}

// decimalText writes a decimal from its whole number, or from the bytes of that
// in two's complement.
func decimalText(v any, scale int32) string {
	n := new(big.Int)
	switch v := v.(type) {
	case int:
		n.SetInt64(int64(v))
	case string:
		if n.SetBytes([]byte(v)); len(v) > 0 && v[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
		}
	}
	if n.BitLen() > 127 {
		return n.String() + fmt.Sprintf("e-%d", scale)
	}
	return decimal128.FromBigInt(n).ToString(scale)
}

// columnNode is the node of a leaf's column: the leaf, or the outermost list or map
// that it is in.
func columnNode(leaf *schema.Column) schema.Node {
	column := leaf.SchemaNode()
	for n := column; n.Parent() != nil; n = n.Parent() {
		if n.RepetitionType() != parquet.Repetitions.Repeated {
			continue
		}
		column = n
		switch n.Parent().LogicalType().(type) {
		case schema.ListLogicalType, schema.MapLogicalType:
			column = n.Parent()
		}
	}
	return column
}

// parquetWords says what a column that is left out holds, as arrowField.String does.
func parquetWords(n schema.Node) string {
	switch l := n.LogicalType().(type) {
	case schema.ListLogicalType:
		if list, ok := n.(*schema.GroupNode); ok && list.NumFields() == 1 {
			item := list.Field(0)
			if g, ok := item.(*schema.GroupNode); ok && g.NumFields() == 1 {
				item = g.Field(0)
			}
			return fmt.Sprintf("list<%s>", parquetWords(item))
		}
	case schema.MapLogicalType:
		return "map"
	case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType:
		return "string"
	case schema.DateLogicalType, schema.TimeLogicalType, schema.TimestampLogicalType, schema.DecimalLogicalType, schema.IntervalLogicalType:
		name, _, _ := strings.Cut(strings.ToLower(l.String()), "(")
		return name
	case schema.IntLogicalType:
		if !l.IsSigned() {
			return fmt.Sprintf("uint%d", l.BitWidth())
		}
		return fmt.Sprintf("int%d", l.BitWidth())
	case schema.Float16LogicalType:
		return "float16"
	}
	leaf, ok := n.(*schema.PrimitiveNode)
	if !ok {
		return "struct"
	}
	switch leaf.PhysicalType() {
	case parquet.Types.Boolean:
		return "bool"
	case parquet.Types.Float:
		return "float32"
	case parquet.Types.Double:
		return "float64"
	case parquet.Types.ByteArray:
		return "binary"
	case parquet.Types.FixedLenByteArray:
		return "fixed-size binary"
	}
	return strings.ToLower(leaf.PhysicalType().String())
}

// arrowFields finds the durations in the Arrow schema that Arrow's writers keep
// in the file; Parquet has no such type.
func (p *parquetFile) arrowFields() map[string]*arrowField {
	durations := map[string]*arrowField{}
	if a := p.arrowSchema(); a != nil {
		for _, l := range a.leaves() {
			if l.field.typ == arrowDuration && l.field.dictionary == nil {
				durations[l.name] = l.field
			}
		}
	}
	return durations
}

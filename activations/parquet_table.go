package activations

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// examples reads the columns that hold one value a row and are not to be
// skipped, and those of lists that are named. Dates and timestamps are text;
// other types that the kinds of columns do not cover are left out.
func (p *parquetFile) examples(skip func(name string) bool, lists []string) (*Examples, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var columns []*Column
	var others []string
	seen := map[string]bool{}
	p.memory = newTableMemory(p.file)
	for i := range p.r.MetaData().Schema.NumColumns() {
		leaf := p.r.MetaData().Schema.Column(i)
		path := leaf.ColumnPath()
		kind, fill := parquetKind(leaf), p.fill
		switch listed := listKind(leaf) != ""; {
		case listed && slices.Contains(lists, path[0]):
			path, kind, fill = path[:1], String, p.fillLists
		case listed:
			others = append(others, path[0])
			continue
		case len(path) != 1 || leaf.MaxRepetitionLevel() > 0:
			continue
		}
		if kind == "" || skip(path[0]) {
			continue
		}
		if seen[path[0]] {
			return nil, p.errorf("columns", -1, fmt.Sprintf("%q twice", path[0]), "each column once")
		}
		seen[path[0]] = true
		c := &Column{Name: path[0], Kind: kind}
		part := fmt.Sprintf("column %q", c.Name)
		if err := p.guard(part, func() error { return fill(c, i, part) }); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	rows := 0
	if len(columns) > 0 {
		rows = int(p.r.NumRows())
	}
	e := newExamples(columns, part{path: p.path, rows: rows})
	e.lists = others
	return e, nil
}

func parquetKind(c *schema.Column) Kind {
	switch c.LogicalType().(type) {
	case schema.DateLogicalType, schema.TimestampLogicalType:
		return String
	case schema.TimeLogicalType, schema.DecimalLogicalType, schema.UUIDLogicalType, schema.IntervalLogicalType:
		return ""
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
	var defined [parquetBatch]int16
	for g := range p.r.NumRowGroups() {
		chunk, err := p.column(g, i, part)
		if err != nil {
			return err
		}
		read := parquetValues(chunk)
		for morePages(chunk) {
			values, n, err := read(defined[:])
			if err == nil && n == 0 {
				err = fmt.Errorf("a page without values")
			}
			if err != nil {
				return p.errorf(part, -1, inWords(err), "values in row group %d", g)
			}
			if err := p.memory.take(part, n, 0); err != nil {
				return err
			}
			stored := 0
			for _, level := range defined[:n] {
				if leaf.MaxDefinitionLevel() > 0 && level < leaf.MaxDefinitionLevel() {
					c.add(nil)
					continue
				}
				v, err := parquetValue(values(stored), leaf.LogicalType())
				if err != nil {
					return p.errorf(fmt.Sprintf("%s, row %d", part, len(c.null)), -1, err.Error(), "an integer of 64 bits with a sign")
				}
				c.add(v)
				stored++
				if text, ok := v.(string); ok {
					if err := p.memory.take(part, 0, int64(len(text))); err != nil {
						return err
					}
				}
			}
			if int64(len(c.null)) > p.r.NumRows() {
				break
			}
		}
		if err := chunk.Err(); err != nil {
			return p.errorf(part, -1, inWords(err), "pages in row group %d", g)
		}
	}
	if int64(len(c.null)) != p.r.NumRows() {
		return p.errorf(part, -1, fmt.Sprintf("%d rows", len(c.null)), "%d", p.r.NumRows())
	}
	return nil
}

// parquetValues returns a function that reads a batch: the stored value i of
// it, and how many rows there are with the nulls.
func parquetValues(chunk pqfile.ColumnChunkReader) func(defined []int16) (value func(i int) any, n int64, err error) {
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
		return time.Unix(i*86400, 0).UTC().Format(time.DateOnly), nil
	case schema.TimestampLogicalType:
		return parquetTime(i, l).Format("2006-01-02T15:04:05.999999999Z07:00"), nil
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

func parquetTime(i int64, l schema.TimestampLogicalType) time.Time {
	switch l.TimeUnit() {
	case schema.TimeUnitMillis:
		return time.UnixMilli(i).UTC()
	case schema.TimeUnitMicros:
		return time.UnixMicro(i).UTC()
	}
	return time.Unix(0, i).UTC()
}

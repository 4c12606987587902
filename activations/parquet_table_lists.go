package activations

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// repeatedLevels returns, of every nesting of lists of a column, the definition
// level from which on the list has an item. One less is an empty list.
func repeatedLevels(c *schema.Column) (levels []int16) {
	var repetitions []parquet.Repetition
	for n := c.SchemaNode(); n.Parent() != nil; n = n.Parent() {
		repetitions = append(repetitions, n.RepetitionType())
	}
	level := int16(0)
	for _, r := range slices.Backward(repetitions) {
		if r != parquet.Repetitions.Required {
			level++
		}
		if r == parquet.Repetitions.Repeated {
			levels = append(levels, level)
		}
	}
	return levels
}

// listKind is the kind of the items of a column of lists of whole numbers or
// bools.
func listKind(c *schema.Column) Kind {
	if kind := parquetKind(c); c.MaxRepetitionLevel() == 1 && (kind == Int || kind == Bool) {
		return kind
	}
	return ""
}

// fillLists appends the lists of leaf column i as JSON text.
func (p *parquetFile) fillLists(c *Column, i int, part string) error {
	leaf := p.r.MetaData().Schema.Column(i)
	begins := repeatedLevels(leaf)[0]
	row := &Column{Kind: listKind(leaf)}
	state, total := rowNone, int64(0)
	end := func() {
		switch state {
		case rowNull:
			c.Append(nil)
		case rowList:
			c.Append(row.List(0, row.Len()))
		}
		row.Clear()
	}
	var defined, repeated [parquetBatch]int16
	for g := range p.r.NumRowGroups() {
		chunk, err := p.column(g, i, part)
		if err != nil {
			return err
		}
		read := parquetListItems(chunk)
		for morePages(chunk) {
			values, n, err := read(defined[:], repeated[:])
			if err == nil && n == 0 {
				err = fmt.Errorf("a page without values")
			}
			if err != nil {
				return p.Errorf(part, -1, input.InWords(err), "lists in row group %d", g)
			}
			if total += n; total > listValues(p.File) {
				return p.Errorf(part, -1, fmt.Sprintf("more than %d values", listValues(p.File)), "fewer in a file of %d bytes", p.Size)
			}
			stored := 0
			for k, level := range defined[:n] {
				if repeated[k] == 0 {
					end()
					state = rowList
					if level < begins-1 {
						state = rowNull
					}
				}
				switch {
				case level < begins:
				case level < leaf.MaxDefinitionLevel():
					row.Append(nil)
				default:
					v, err := parquetValue(values(stored), leaf.LogicalType())
					if err != nil {
						return table.BeyondInt(c.Len(), err)
					}
					row.Append(v)
					stored++
				}
			}
		}
		if err := chunk.Err(); err != nil {
			return p.Errorf(part, -1, input.InWords(err), "pages in row group %d", g)
		}
	}
	end()
	if int64(c.Len()) != p.r.NumRows() {
		return p.Errorf(part, -1, fmt.Sprintf("%d rows", c.Len()), "%d", p.r.NumRows())
	}
	return nil
}

// rowState is what is known of a row whose items are being read.
type rowState int

const (
	rowNone rowState = iota // before the first
	rowNull
	rowList
)

// parquetListItems is parquetValues with repetition levels.
func parquetListItems(chunk pqfile.ColumnChunkReader) func(defined, repeated []int16) (value func(i int) any, n int64, err error) {
	switch c := chunk.(type) {
	case *pqfile.BooleanColumnChunkReader:
		return parquetListReader(c.ReadBatchInPage, func(v bool) any { return v })
	case *pqfile.Int32ColumnChunkReader:
		return parquetListReader(c.ReadBatchInPage, func(v int32) any { return int64(v) })
	case *pqfile.Int64ColumnChunkReader:
		return parquetListReader(c.ReadBatchInPage, func(v int64) any { return v })
	}
	return func(_, _ []int16) (func(int) any, int64, error) {
		return nil, 0, fmt.Errorf("values of type %v", chunk.Type())
	}
}

func parquetListReader[T any](read func(int64, []T, []int16, []int16) (int64, int, error), convert func(T) any) func(_, _ []int16) (func(int) any, int64, error) {
	values := make([]T, parquetBatch)
	return func(defined, repeated []int16) (func(int) any, int64, error) {
		n, stored, err := read(parquetBatch, values, defined, repeated)
		return func(i int) any { return convert(values[:stored][i]) }, n, err
	}
}

package result

import (
	"errors"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"tell/internal/atomicfile"
)

// WriteTableParquet writes results.parquet: the columns of results.csv with
// their types. What is absent is null.
func WriteTableParquet(path string, r *Result) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if err := r.Table.check(); err != nil {
			return err
		}
		return encodeParquet(w, tableColumnsOf(r.Run()), r.Table)
	})
}

// encodeParquet writes one row group. The same rows give the same bytes: the
// file names the writer and no time.
func encodeParquet[R any](w io.Writer, columns []column[R], rows []R) error {
	fields := make(schema.FieldList, len(columns))
	for k, c := range columns {
		fields[k] = c.node()
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return err
	}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd))
	sink := struct{ io.Writer }{w} // arrow-go would close a file
	out, err := pqfile.NewParquetWriterWithError(sink, root, pqfile.WithWriterProps(props))
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		group, err := out.AppendRowGroupChecked()
		if err != nil {
			return err
		}
		for _, c := range columns {
			chunk, err := group.NextColumn()
			if err == nil {
				err = errors.Join(c.write(chunk, rows), chunk.Close())
			}
			if err != nil {
				return err
			}
		}
		if err := group.Close(); err != nil {
			return err
		}
	}
	return out.Close()
}

// required reports whether every row has a value.
func (c column[R]) required() bool { return c.text != nil && !c.optional }

func (c column[R]) node() schema.Node {
	repetition := parquet.Repetitions.Optional
	if c.required() {
		repetition = parquet.Repetitions.Required
	}
	switch {
	case c.text != nil:
		return schema.MustPrimitive(schema.NewPrimitiveNodeLogical(c.name, repetition, schema.StringLogicalType{}, parquet.Types.ByteArray, 0, -1))
	case c.integer != nil:
		return schema.NewInt64Node(c.name, repetition, -1)
	}
	return schema.NewFloat64Node(c.name, repetition, -1)
}

func (c column[R]) write(chunk pqfile.ColumnChunkWriter, rows []R) error {
	var err error
	switch chunk := chunk.(type) {
	case *pqfile.ByteArrayColumnChunkWriter:
		values, defined := gather(rows, func(r *R) (parquet.ByteArray, bool) {
			// Readers refuse a column of strings that are not UTF-8.
			text := strings.ToValidUTF8(c.text(r), "\uFFFD")
			return parquet.ByteArray(text), text != "" || !c.optional
		})
		if c.required() {
			defined = nil
		}
		_, err = chunk.WriteBatch(values, defined, nil)
	case *pqfile.Int64ColumnChunkWriter:
		values, defined := gather(rows, func(r *R) (int64, bool) {
			v, ok := c.integer(r)
			return int64(v), ok
		})
		_, err = chunk.WriteBatch(values, defined, nil)
	case *pqfile.Float64ColumnChunkWriter:
		values, defined := gather(rows, c.number)
		_, err = chunk.WriteBatch(values, defined, nil)
	}
	return err
}

// gather gives the values that are there, and 1 for every row that has one.
func gather[R, V any](rows []R, of func(*R) (V, bool)) (values []V, defined []int16) {
	defined = make([]int16, len(rows))
	for i := range rows {
		if v, ok := of(&rows[i]); ok {
			values = append(values, v)
			defined[i] = 1
		}
	}
	return values, defined
}

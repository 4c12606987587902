package activations_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"tell/activations"
)

// Several columns of ragged lists are refused in the same words by Arrow and Parquet, and
// a column that is named is read whatever the others hold.
func TestListColumns(t *testing.T) {
	lists := arrow.ListOf(arrow.ListOf(arrow.PrimitiveTypes.Float32))
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: lists}, {Name: "odd", Type: lists}, {Name: "flat", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64)},
	}, nil)
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(
		`[{"a": [[1, 2], [3, 4]], "odd": [[1]], "flat": [1, 2]}, {"a": [[5, 6]], "odd": [[1], [2, 3]], "flat": [3, 4]}]`))
	if err != nil {
		t.Fatal(err)
	}
	table := array.NewTableFromRecords(schema, []arrow.RecordBatch{record})
	var parquet, ipcFile bytes.Buffer
	if err := pqarrow.WriteTable(table, &parquet, 1<<10, nil, pqarrow.DefaultWriterProps()); err != nil {
		t.Fatal(err)
	}
	w := ipc.NewWriter(&ipcFile, ipc.WithSchema(schema))
	if err := w.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"x.parquet": parquet.Bytes(), "x.arrow": ipcFile.Bytes()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			spec activations.Spec
			want string
		}{
			{activations.Spec{}, `: columns: found "a", "odd", "flat", expected one; name the tensor`},
			{activations.Spec{Position: "last"}, `: columns: found "a", "odd", "flat", expected one; name the tensor`},
			{activations.Spec{Tensor: "none"}, `: columns: found "a", "odd", "flat", expected "none" among those that can hold states`},
			{activations.Spec{Tensor: "a"}, "; where positions differ, name the axes"},
		} {
			c.spec.Paths = []string{path}
			if _, err := activations.Open(c.spec); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %+v: found %v, expected %q", name, c.spec, err, c.want)
			}
		}
		d, err := activations.Open(activations.Spec{Paths: []string{path}, Tensor: "flat"})
		if err != nil || d.Shape() != (activations.Shape{2, 1, 1, 2}) {
			t.Fatalf("%s: %v", name, err)
		}
		d.Close()
	}
}

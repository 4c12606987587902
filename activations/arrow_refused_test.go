package activations

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/endian"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

func TestListViewsRefused(t *testing.T) {
	checkRefused(t, []refused{
		{"list view", Spec{Paths: []string{"list_view.arrow"}}, []string{`column "states"`, "list view", "column.cast"}},
		{"large list view", Spec{Paths: []string{"large_list_view.arrow"}}, []string{`column "states"`, "large list view", "column.cast"}},
	})
	e, err := ReadExamples(formatsFile("list_view.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := e.Column("label"); !ok || e.Len() != 5 || c.Value(2) != 1 {
		t.Errorf("%d rows of %s beside the views", e.Len(), e.names())
	}
}

func TestBigEndianArrowRefused(t *testing.T) {
	schema := arrow.NewSchemaWithEndian([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float32}}, nil, endian.BigEndian)
	var b bytes.Buffer
	if err := ipc.NewWriter(&b, ipc.WithSchema(schema)).Close(); err != nil {
		t.Fatal(err)
	}
	_, err := readExamples(inMemory("big.arrows", b.Bytes()), nil)
	if err == nil {
		t.Fatal("read")
	}
	checkFormatError(t, err, "big-endian", "pyarrow swaps them")
}

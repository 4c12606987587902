package activations

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/endian"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"tell/activations/internal/input"
)

func TestBigEndianArrowRefused(t *testing.T) {
	schema := arrow.NewSchemaWithEndian([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float32}}, nil, endian.BigEndian)
	var b bytes.Buffer
	if err := ipc.NewWriter(&b, ipc.WithSchema(schema)).Close(); err != nil {
		t.Fatal(err)
	}
	_, err := readExamples(input.InMemory("big.arrows", b.Bytes()), nil)
	if err == nil {
		t.Fatal("read")
	}
	checkFormatError(t, err, "big-endian", "pyarrow swaps them")
}

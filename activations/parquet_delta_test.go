package activations

import (
	"bytes"
	"os"
	"testing"

	"tell/activations/internal/input"
)

// A page that holds fewer values than it says is an error; the decoder would ask
// for the next one for ever.
func TestParquetShortPage(t *testing.T) {
	data, err := os.ReadFile(formatsFile("delta.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := readExamples(input.InMemory("delta.parquet", data), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := e.Column("row"); e.Len() != 100 || c.Value(99) != 199 {
		t.Errorf("%d rows, the last %v", e.Len(), c.Value(99))
	}
	// Blocks of 128 in 4 parts, 100 values, the first of which is 100.
	header := []byte{0x80, 0x01, 0x04, 100, 0xc8, 0x01}
	if bytes.Count(data, header) != 1 {
		t.Fatal("the header of the page has moved")
	}
	short := bytes.Replace(data, header, []byte{0x80, 0x01, 0x04, 10, 0xc8, 0x01}, 1)
	if _, err := readExamples(input.InMemory("short.parquet", short), nil); err == nil {
		t.Error("read")
	} else {
		checkFormatError(t, err, `column "row"`, "a page without values")
	}
}

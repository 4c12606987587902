package activations

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"tell/activations/internal/input"
)

// sharedChildren is a schema whose fields all have the next field twice as a
// child: a few hundred bytes that unfold into 2^depth fields.
func sharedChildren(depth int) flatTable {
	const slots, size = 6, 12
	b := []byte{4, 0, 0, 0} // reserves the place of the root reference
	le := binary.LittleEndian
	table := func(vectorSlot int, typ byte) {
		vtable := len(b)
		b = le.AppendUint16(b, 4+2*slots)
		b = le.AppendUint16(b, size)
		for slot := range slots {
			switch {
			case slot == vectorSlot:
				b = le.AppendUint16(b, 4)
			case slot == 2 && typ > 0:
				b = le.AppendUint16(b, 8)
			default:
				b = le.AppendUint16(b, 0)
			}
		}
		if vtable == 4 {
			le.PutUint32(b, uint32(len(b)))
		}
		b = le.AppendUint32(b, uint32(len(b)-vtable))
		b = le.AppendUint32(b, 8) // the vector follows the table
		b = append(b, typ, 0, 0, 0)
	}
	const vtableSize = 4 + 2*slots
	children := func(n uint32) {
		b = le.AppendUint32(b, n)
		next := len(b) + 4*int(n) + vtableSize
		for range n {
			b = le.AppendUint32(b, uint32(next-len(b)))
		}
	}
	table(1, 0)
	children(2)
	for range depth {
		table(5, byte(arrowStruct))
		children(2)
	}
	table(5, byte(arrowStruct))
	children(0)
	return flatRoot(b)
}

func TestArrowSharedFields(t *testing.T) {
	small := sharedChildren(2)
	s := arrowSchema{budget: 1 << 20}
	if fields := s.decode(small); len(fields) != 2 || len(fields[1].children[1].children) != 2 || s.bad != "" || small.buf.broken {
		t.Fatalf("%+v, %q", fields, s.bad)
	}
	a := &arrowFile{File: input.InMemory("fuzz", nil)}
	err := a.setSchema(sharedChildren(30), "schema", 0)
	checkFormatError(t, err, "more fields than the metadata has room for")
	err = a.setSchema(sharedChildren(100), "schema", 0)
	checkFormatError(t, err, "an Arrow schema")
}

func TestArrowBuffersOverlap(t *testing.T) {
	data, err := os.ReadFile(formatsFile("fixed_f16.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := readArrowFile(input.InMemory("fuzz", data))
	if err != nil {
		t.Fatal(err)
	}
	pair := func(x, y int64) []byte {
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(x)), uint64(y))
	}
	b := a.batches[0]
	for _, buffer := range b.buffers {
		if buffer.length > 0 {
			message := data[b.offset:b.body]
			copy(message, bytes.ReplaceAll(message, pair(buffer.offset, buffer.length), pair(0, b.length)))
		}
	}
	_, err = readArrowFile(input.InMemory("fuzz", data))
	checkFormatError(t, err, "record batch 0", "buffers that overlap")
}

// A footer that lists the same batch again and again would give its rows as
// often.
func TestArrowBlocksOverlap(t *testing.T) {
	data, err := os.ReadFile(formatsFile("one_layer_f32.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := readArrowFile(input.InMemory("fuzz", data))
	if err != nil {
		t.Fatal(err)
	}
	b := a.batches[0]
	block := arrowBlock{offset: b.offset, meta: b.body - b.offset, body: b.length}
	room := a.Size
	for err == nil && len(a.batches) < 10 {
		err = a.addBlock(block, arrowBatchMessage, &room)
	}
	checkFormatError(t, err, "blocks that overlap")
}

// What one column leaves to the garbage collector does not count for the next.
func TestParquetBudget(t *testing.T) {
	f, err := input.Open(formatsFile("list_f32.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := newParquetFile(f)
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) bool { return false }
	p.budget.limit = 1 << 20
	for range 50 {
		if _, err := p.examples(none, nil); err != nil {
			t.Fatal(err)
		}
	}
	p.budget.limit = 16
	_, err = p.examples(none, nil)
	checkFormatError(t, err, "more than the file can back")
}

func TestLayersDiffer(t *testing.T) {
	two := npyFile("<f4", false, []int{1, 2}, [][]byte{f32(1), f32(2)})
	one := npyFile("<f4", false, []int{1, 1}, [][]byte{f32(1)})
	data := zipFile(t, 0, "layers.0.npy", two, "layers.1.npy", one)
	_, err := openNPZ(input.InMemory("fuzz", data), Spec{})
	if err == nil {
		t.Fatal("opened")
	}
	checkFormatError(t, err, `array "layers.1"`, "1 wide", "2 wide", `array "layers.0"`)
}

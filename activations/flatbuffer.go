package activations

import (
	"encoding/binary"
	"math"
)

// flatTable is a table of a flatbuffer. Reading outside the bytes gives zeros
// and marks the whole buffer as broken, so that callers check once, at the end.
type flatTable struct {
	buf *flatBuffer
	pos int
}

type flatBuffer struct {
	b      []byte
	broken bool
}

func flatRoot(b []byte) flatTable {
	buf := &flatBuffer{b: b}
	return flatTable{buf, int(buf.u32(0))}
}

// at returns n bytes at pos.
func (f *flatBuffer) at(pos, n int) []byte {
	if pos < 0 || n < 0 || pos > len(f.b) || n > len(f.b)-pos {
		f.broken = true
		return nil
	}
	return f.b[pos : pos+n]
}

func (f *flatBuffer) u16(pos int) uint16 {
	if b := f.at(pos, 2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (f *flatBuffer) u32(pos int) uint32 {
	if b := f.at(pos, 4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (f *flatBuffer) i64(pos int) int64 {
	if b := f.at(pos, 8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// field returns where field i of the table is, or -1 if it is absent.
func (t flatTable) field(i int) int {
	vtable := t.pos - int(int32(t.buf.u32(t.pos)))
	slot := 4 + 2*i
	if slot+2 > int(t.buf.u16(vtable)) {
		return -1
	}
	if offset := int(t.buf.u16(vtable + slot)); offset != 0 {
		return t.pos + offset
	}
	return -1
}

func (t flatTable) uint8(i int) uint8 {
	if pos := t.field(i); pos >= 0 {
		if b := t.buf.at(pos, 1); b != nil {
			return b[0]
		}
	}
	return 0
}

func (t flatTable) bool(i int) bool { return t.uint8(i) != 0 }

func (t flatTable) int16(i int, otherwise int16) int16 {
	if pos := t.field(i); pos >= 0 {
		return int16(t.buf.u16(pos))
	}
	return otherwise
}

func (t flatTable) int32(i int, otherwise int32) int32 {
	if pos := t.field(i); pos >= 0 {
		return int32(t.buf.u32(pos))
	}
	return otherwise
}

func (t flatTable) int64(i int) int64 {
	if pos := t.field(i); pos >= 0 {
		return t.buf.i64(pos)
	}
	return 0
}

// table follows the reference in field i.
func (t flatTable) table(i int) (flatTable, bool) {
	pos := t.field(i)
	if pos < 0 {
		return flatTable{}, false
	}
	return flatTable{t.buf, pos + int(t.buf.u32(pos))}, !t.buf.broken
}

// vector returns where the elements of field i begin and how many there are;
// all of them lie within the buffer.
func (t flatTable) vector(i, size int) (start, n int) {
	pos := t.field(i)
	if pos < 0 {
		return 0, 0
	}
	pos += int(t.buf.u32(pos))
	n = int(t.buf.u32(pos))
	if n > math.MaxInt32/size || t.buf.at(pos+4, n*size) == nil {
		t.buf.broken = true
		return 0, 0
	}
	return pos + 4, n
}

func (t flatTable) string(i int) string {
	start, n := t.vector(i, 1)
	return string(t.buf.at(start, n))
}

// tables returns the tables that a vector of references points to.
func (t flatTable) tables(i int) []flatTable {
	start, n := t.vector(i, 4)
	all := make([]flatTable, n)
	for k := range all {
		pos := start + 4*k
		all[k] = flatTable{t.buf, pos + int(t.buf.u32(pos))}
	}
	return all
}

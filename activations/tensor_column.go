package activations

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// column reads a tensor of one axis as a column, or returns nil when it is of a
// type that no column has.
func (t *tensor) column() (*Column, error) {
	size, kind := itemOf(t.code)
	n := t.stored.shape[0]
	need, ok := product(t.stored.shape, int64(size))
	if kind == "" || !ok {
		return nil, nil
	}
	b, err := t.bytes()
	if err != nil {
		return nil, err
	}
	if int64(len(b)) < need {
		return nil, t.source.Errorf(t.stored.part, -1, fmt.Sprintf("%d bytes", len(b)), "%d", need)
	}
	c := &Column{Name: t.name, Kind: kind}
	for i := range n {
		v, ok := decodeItem(b[i*size:(i+1)*size], t.code, t.stored.bigEndian)
		if !ok {
			return nil, table.BeyondInt(i, "an integer beyond that")
		}
		c.Append(v)
	}
	return c, nil
}

// itemOf returns the size of one value of a type and the kind of its column.
func itemOf(code string) (size int, kind Kind) {
	switch code {
	case "b1":
		return 1, Bool
	case "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8":
		return int(code[1] - '0'), Int
	case "f2", "f4", "f8":
		return int(code[1] - '0'), Float
	case "bf":
		return 2, Float
	}
	if len(code) < 2 || code[0] != 'U' && code[0] != 'S' {
		return 0, ""
	}
	n, err := strconv.Atoi(code[1:])
	if err != nil || n < 1 || n > input.MaxMetadata {
		return 0, ""
	}
	if code[0] == 'U' {
		n *= 4
	}
	return n, String
}

// decodeItem reads one value; it fails on integers that int does not hold.
func decodeItem(b []byte, code string, bigEndian bool) (any, bool) {
	order := binary.ByteOrder(binary.LittleEndian)
	if bigEndian {
		order = binary.BigEndian
	}
	switch code[0] {
	case 'S':
		return strings.TrimRight(string(b), "\x00"), true
	case 'U':
		var text strings.Builder
		for ; len(b) >= 4; b = b[4:] {
			text.WriteRune(rune(order.Uint32(b)))
		}
		return strings.TrimRight(text.String(), "\x00"), true
	}
	var bits uint64
	switch len(b) {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(order.Uint16(b))
	case 4:
		bits = uint64(order.Uint32(b))
	case 8:
		bits = order.Uint64(b)
	}
	switch code {
	case "b1":
		return bits != 0, true
	case "bf":
		return float64(math.Float32frombits(uint32(bits) << 16)), true
	case "f2":
		return fromHalf(binary.LittleEndian.AppendUint16(nil, uint16(bits))), true
	case "f4":
		return float64(math.Float32frombits(uint32(bits))), true
	case "f8":
		return math.Float64frombits(bits), true
	}
	if code[0] == 'u' {
		return int(bits), bits <= math.MaxInt
	}
	unused := 64 - 8*len(b)
	return int(int64(bits<<unused) >> unused), true
}

// fromHalf reads one little-endian number of half precision.
func fromHalf(b []byte) float64 {
	var x [1]float64
	decode(x[:], b, F16)
	return x[0]
}

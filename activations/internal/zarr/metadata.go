package zarr

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/float16"

	"tell/activations/internal/input"
)

// metadata is what zarr.json and .zarray say, each with names of its own.
type metadata struct {
	Format int             `json:"zarr_format"`
	Shape  []int           `json:"shape"`
	Fill   json.RawMessage `json:"fill_value"`

	NodeType string          `json:"node_type"`
	DataType json.RawMessage `json:"data_type"`
	Grid     extension       `json:"chunk_grid"`
	Keys     extension       `json:"chunk_key_encoding"`
	Codecs   []extension     `json:"codecs"`

	Chunks     []int             `json:"chunks"`
	DType      json.RawMessage   `json:"dtype"`
	Compressor *compressor       `json:"compressor"`
	Order      string            `json:"order"`
	Filters    []json.RawMessage `json:"filters"`
	Separator  string            `json:"dimension_separator"`
}

// extension is a name, perhaps with a configuration, as version 3 has many.
type extension struct {
	Name   string `json:"name"`
	Config struct {
		ChunkShape []int           `json:"chunk_shape"`
		Separator  string          `json:"separator"`
		Endian     string          `json:"endian"`
		Order      json.RawMessage `json:"order"`
		Bytes      int             `json:"length_bytes"`
		bloscConfig
	} `json:"configuration"`
}

func (e *extension) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &e.Name) == nil {
		return nil
	}
	type plain extension
	return json.Unmarshal(b, (*plain)(e))
}

type compressor struct {
	ID string `json:"id"`
	bloscConfig
}

type bloscConfig struct {
	Name    string          `json:"cname"`
	Shuffle json.RawMessage `json:"shuffle"`
}

// unread is what of blosc is not read, or empty.
func (b bloscConfig) unread() string {
	switch {
	case b.Name == "blosclz" || b.Name == "snappy":
		return b.Name
	case string(b.Shuffle) == "2" || string(b.Shuffle) == `"bitshuffle"`:
		return "bitshuffle"
	}
	return ""
}

// layout says how the chunks of an array are stored.
type layout struct {
	chunk             []int
	order             []int // the axes of a chunk as stored, outermost first
	item              int   // bytes of a number
	fill              []byte
	codecs            []codec // as they were applied
	prefix, separator string
}

func (l *layout) chunkBytes() int64 {
	n, _ := product(l.chunk, l.item)
	return n
}

// instead is what to write where an array is stored in a way that is not read.
const instead = `; or write it as npy: python -c "import numpy, zarr; numpy.save('FILE.npy', zarr.open('FILE.zarr')[:])"`

const bloscRead = "lz4, zlib or zstd in blosc, the bytes shuffled or not"

// array checks what the metadata says of an array.
func (m *metadata) array(f *input.File) (*Array, error) {
	a := &Array{Shape: m.Shape}
	var err error
	switch m.Format {
	case 2:
		err = m.version2(f, a)
	case 3:
		err = m.version3(f, a)
	default:
		err = f.Errorf("zarr_format", -1, strconv.Itoa(m.Format), "2 or 3")
	}
	if err != nil {
		return nil, err
	}
	if len(a.Shape) != len(a.chunk) || len(a.Shape) > maxRank {
		return nil, f.Errorf("chunks", -1, fmt.Sprintf("%v for shape %v", a.chunk, a.Shape), "a size for each of at most %d axes", maxRank)
	}
	if slices.ContainsFunc(a.Shape, func(n int) bool { return n < 0 }) || slices.ContainsFunc(a.chunk, func(n int) bool { return n < 1 }) {
		return nil, f.Errorf("chunks", -1, fmt.Sprintf("%v for shape %v", a.chunk, a.Shape), "sizes above 0")
	}
	var ok bool
	if a.Size, ok = product(a.Shape, a.item); !ok {
		return nil, f.Errorf("shape", -1, fmt.Sprint(a.Shape), "at most %d numbers", int64(input.MaxNumbers))
	}
	if _, ok := product(a.chunk, a.item); !ok {
		return nil, f.Errorf("chunks", -1, fmt.Sprint(a.chunk), "at most %d numbers", int64(input.MaxNumbers))
	}
	if sorted := slices.Sorted(slices.Values(a.order)); len(sorted) != len(a.chunk) || len(sorted) > 0 && (sorted[0] != 0 || sorted[len(sorted)-1] != len(sorted)-1 || len(slices.Compact(sorted)) != len(a.chunk)) {
		return nil, f.Errorf("order", -1, fmt.Sprint(a.order), "each of %d axes once", len(a.chunk))
	}
	a.fill, a.Fill, err = m.fillOf(f, a.Descr, a.item)
	return a, err
}

func (m *metadata) version2(f *input.File, a *Array) error {
	a.chunk, a.separator = m.Chunks, m.Separator
	if a.separator == "" {
		a.separator = "."
	}
	if a.separator != "." && a.separator != "/" {
		return f.Errorf("dimension_separator", -1, strconv.Quote(a.separator), `"." or "/"`)
	}
	if len(m.Filters) > 0 {
		return f.Errorf("filters", -1, input.Shorten(string(m.Filters[0])), "none%s", instead)
	}
	a.order = identity(len(m.Shape))
	switch m.Order {
	case "C":
	case "F":
		slices.Reverse(a.order)
	default:
		return f.Errorf("order", -1, strconv.Quote(m.Order), "C or F")
	}
	if json.Unmarshal(m.DType, &a.Descr) != nil {
		return f.Errorf("dtype", -1, input.Shorten(string(m.DType)), "a number type such as <f2")
	}
	switch a.Descr {
	case "bfloat16", "float8_e4m3fn", "float8_e5m2": // as tensorstore writes them
		a.Descr = descrs[a.Descr]
	}
	if a.item = itemSize(a.Descr); a.item == 0 {
		return f.Errorf("dtype", -1, strconv.Quote(a.Descr), "a number type such as <f2")
	}
	if m.Compressor == nil {
		return nil
	}
	c, ok := codecNamed(m.Compressor.ID)
	if !ok {
		return f.Errorf("compressor", -1, strconv.Quote(m.Compressor.ID), "none, or one of %s%s", codecNames(), instead)
	}
	if unread := m.Compressor.unread(); unread != "" {
		return f.Errorf("compressor", -1, c.name+" with "+unread, "%s%s", bloscRead, instead)
	}
	a.codecs = []codec{c}
	return nil
}

// descrs are the types of version 3 as NumPy writes them, without the byte order.
var descrs = map[string]string{
	"bool": "|b1", "int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8", "uint8": "|u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8",
	"float16": "<f2", "float32": "<f4", "float64": "<f8", "bfloat16": "bfloat16", "float8_e4m3fn": "float8_e4m3fn", "float8_e5m2": "float8_e5m2",
}

func (m *metadata) version3(f *input.File, a *Array) error {
	if m.NodeType != "array" {
		return f.Errorf("node_type", -1, strconv.Quote(m.NodeType), "array or group")
	}
	if m.Grid.Name != "regular" {
		return f.Errorf("chunk_grid", -1, strconv.Quote(m.Grid.Name), "regular%s", instead)
	}
	a.chunk = m.Grid.Config.ChunkShape
	a.separator = m.Keys.Config.Separator
	switch m.Keys.Name {
	case "default":
		a.prefix = "c"
		if a.separator == "" {
			a.separator = "/"
		}
	case "v2":
		if a.separator == "" {
			a.separator = "."
		}
	default:
		return f.Errorf("chunk_key_encoding", -1, strconv.Quote(m.Keys.Name), "default or v2")
	}
	if a.separator != "." && a.separator != "/" {
		return f.Errorf("chunk_key_encoding", -1, fmt.Sprintf("separator %q", a.separator), `"." or "/"`)
	}
	var t extension
	if err := json.Unmarshal(m.DataType, &t); err != nil {
		return f.Errorf("data_type", -1, input.Shorten(string(m.DataType)), "a type such as float16")
	}
	if t.Name == "fixed_length_utf32" && t.Config.Bytes > 0 && t.Config.Bytes%4 == 0 && t.Config.Bytes < input.MaxMetadata {
		a.Descr = "<U" + strconv.Itoa(t.Config.Bytes/4)
	} else if a.Descr = descrs[t.Name]; a.Descr == "" {
		return f.Errorf("data_type", -1, strconv.Quote(t.Name), "float16, bfloat16, float32 or float64")
	}
	a.item = itemSize(a.Descr)
	return m.pipeline(f, a)
}

// pipeline reads the codecs of version 3: those that move axes, then the one that
// makes bytes of numbers, then those that take bytes.
func (m *metadata) pipeline(f *input.File, a *Array) error {
	a.order = identity(len(m.Shape))
	bytes := false
	for _, e := range m.Codecs {
		switch {
		case e.Name == "transpose" && !bytes:
			var order []int
			if json.Unmarshal(e.Config.Order, &order) != nil || len(order) != len(a.order) {
				return f.Errorf("codecs", -1, "transpose by "+input.Shorten(string(e.Config.Order)), "each of %d axes once", len(a.order))
			}
			moved := make([]int, len(order))
			for i, axis := range order {
				if axis < 0 || axis >= len(order) {
					return f.Errorf("codecs", -1, fmt.Sprintf("transpose by %v", order), "each of %d axes once", len(order))
				}
				moved[i] = a.order[axis]
			}
			a.order = moved
		case e.Name == "bytes" && !bytes:
			bytes = true
			switch e.Config.Endian {
			case "", "little":
			case "big":
				a.Descr = strings.Replace(a.Descr, "<", ">", 1)
			default:
				return f.Errorf("codecs", -1, fmt.Sprintf("endian %q", e.Config.Endian), "little or big")
			}
		case bytes:
			c, ok := codecNamed(e.Name)
			if !ok {
				return f.Errorf("codecs", -1, strconv.Quote(e.Name), "one of %s%s", codecNames(), instead)
			}
			if unread := e.Config.unread(); unread != "" {
				return f.Errorf("codecs", -1, c.name+" with "+unread, "%s%s", bloscRead, instead)
			}
			a.codecs = append(a.codecs, c)
		default:
			return f.Errorf("codecs", -1, strconv.Quote(e.Name), "transpose or bytes%s", instead)
		}
	}
	if !bytes {
		return f.Errorf("codecs", -1, "none that makes bytes of numbers", "bytes")
	}
	return nil
}

func identity(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// itemSize is how many bytes one number or text of a type takes, 0 where it is not
// known.
func itemSize(descr string) int {
	switch descr {
	case "bfloat16":
		return 2
	case "float8_e4m3fn", "float8_e5m2":
		return 1
	}
	code := strings.TrimLeft(descr, "<>|=")
	if len(descr)-len(code) > 1 || len(code) < 2 {
		return 0
	}
	n, err := strconv.Atoi(code[1:])
	if err != nil || n < 1 || n > input.MaxMetadata/4 {
		return 0
	}
	switch code[0] {
	case 'U':
		return 4 * n
	case 'S', 'V':
		return n
	case 'b', 'i', 'u', 'f':
		if n <= 8 {
			return n
		}
	}
	return 0
}

// fillOf reads the value of numbers that were never written.
func (m *metadata) fillOf(f *input.File, descr string, size int) (fill []byte, text string, err error) {
	fill = make([]byte, size)
	text = strings.Trim(string(m.Fill), `"`)
	if text == "" || text == "null" || text == "0" || text == "0.0" || text == "false" {
		return fill, "0", nil
	}
	code := strings.TrimLeft(descr, "<>|=")
	big := strings.HasPrefix(descr, ">")
	bits := uint64(0)
	x, isNumber := strconv.ParseFloat(text, 64)
	digits, isHex := strings.CutPrefix(text, "0x")
	switch {
	case isHex:
		if bits, err = strconv.ParseUint(digits, 16, 8*min(size, 8)); err != nil {
			return nil, "", f.Errorf("fill_value", -1, input.Shorten(text), "a number of %d bytes", size)
		}
	case text == "true":
		bits = 1
	case code[0] == 'U' || code[0] == 'S' || code[0] == 'V':
		return nil, "", f.Errorf("fill_value", -1, input.Shorten(text), "an empty text")
	case isNumber != nil:
		return nil, "", f.Errorf("fill_value", -1, input.Shorten(text), "a number")
	case descr == "bfloat16":
		bits = uint64(math.Float32bits(float32(x)) >> 16)
	case code == "f4":
		bits = uint64(math.Float32bits(float32(x)))
	case code == "f8":
		bits = math.Float64bits(x)
	case code == "f2":
		bits = uint64(float16.New(float32(x)).Uint16())
	case code[0] == 'i' || code[0] == 'u':
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, "", f.Errorf("fill_value", -1, input.Shorten(text), "a whole number")
		}
		bits = uint64(n)
	default:
		return nil, "", f.Errorf("fill_value", -1, input.Shorten(text), "0")
	}
	var all [8]byte
	binary.LittleEndian.PutUint64(all[:], bits)
	copy(fill, all[:])
	if big {
		slices.Reverse(fill)
	}
	return fill, text, nil
}

// product multiplies sizes; ok is false where there are more than any file has.
func product(shape []int, size int) (total int64, ok bool) {
	if slices.Contains(shape, 0) {
		return 0, true
	}
	total = int64(size)
	for _, n := range shape {
		if n < 0 || int64(n) > input.MaxNumbers*8/total {
			return 0, false
		}
		total *= int64(n)
	}
	return total, true
}

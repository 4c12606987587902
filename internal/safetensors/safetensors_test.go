package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden file anew")

func goldenTensors() []Tensor {
	return []Tensor{
		Float64("weights", []int{2, 3}, []float64{0.5, -1.25, math.Inf(1), 1e-300, math.Copysign(0, -1), 3}),
		Int64("rows", []int{3}, []int64{-1, 0, 1 << 62}),
		Uint64("seeds", []int{2}, []uint64{math.MaxUint64, 7}),
		Float64("empty", []int{0, 3}, nil),
		Float64("one", nil, []float64{2.5}),
		{Name: "größe", DType: "U8", Shape: []int{3}, Data: []byte{1, 2, 3}},
	}
}

func goldenMetadata() map[string]string {
	return map[string]string{"model": "org/gpt2", "note": `a "quoted" <text>, größer`, "empty": ""}
}

// golden.py reads the same file with the reference implementation.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "golden.safetensors")
	got := written(t, goldenTensors(), Seal(goldenTensors(), goldenMetadata()))
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("found\n%q, want\n%q", got, want)
	}
}

// The files that golden.py writes with the reference implementation.
func TestReadPython(t *testing.T) {
	for name, sealed := range map[string]bool{"python": false, "resaved": true} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		tensors, metadata, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := metadata[Checksum]; found != sealed {
			t.Errorf("%s: sealed %v, want %v", name, found, sealed)
		}
		delete(metadata, Checksum)
		if !maps.Equal(metadata, goldenMetadata()) {
			t.Errorf("%s: metadata %q", name, metadata)
		}
		want := goldenTensors()
		if len(tensors) != len(want) {
			t.Fatalf("%s: %d tensors, want %d", name, len(tensors), len(want))
		}
		for _, w := range want {
			i := slices.IndexFunc(tensors, func(t Tensor) bool { return t.Name == w.Name })
			if i < 0 || !same(tensors[i], w) {
				t.Errorf("%s: tensor %q: %v", name, w.Name, tensors)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	tensors, _, err := Read(written(t, goldenTensors(), nil))
	if err != nil {
		t.Fatal(err)
	}
	weights, err := tensors[0].Float64s()
	if err != nil || weights[1] != -1.25 || !math.Signbit(weights[4]) {
		t.Errorf("weights %v, %v", weights, err)
	}
	rows, err := tensors[1].Int64s()
	if err != nil || !slices.Equal(rows, []int64{-1, 0, 1 << 62}) {
		t.Errorf("rows %v, %v", rows, err)
	}
	seeds, err := tensors[2].Uint64s()
	if err != nil || !slices.Equal(seeds, []uint64{math.MaxUint64, 7}) {
		t.Errorf("seeds %v, %v", seeds, err)
	}
	if _, err := tensors[1].Float64s(); err == nil || !strings.Contains(err.Error(), `tensor "rows": found dtype "I64", expected F64`) {
		t.Errorf("integers as floats: %v", err)
	}
	if _, err := (Tensor{Name: "x", DType: "F64", Shape: []int{2}, Data: make([]byte, 9)}).Float64s(); err == nil {
		t.Error("9 bytes are taken for two numbers")
	}
}

func written(t interface{ Fatal(...any) }, tensors []Tensor, metadata map[string]string) []byte {
	var b bytes.Buffer
	if err := Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func same(a, b Tensor) bool {
	return a.Name == b.Name && a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && bytes.Equal(a.Data, b.Data)
}

func drawTensors(t *rapid.T) []Tensor {
	names := rapid.SliceOfNDistinct(rapid.String(), 0, 5, rapid.ID).Draw(t, "names")
	var tensors []Tensor
	for _, name := range names {
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(t, "shape")
		x := Tensor{Name: name, DType: rapid.SampledFrom(slices.Sorted(maps.Keys(sizes))).Draw(t, "dtype"), Shape: shape}
		n, err := x.size()
		if err != nil {
			t.Fatal(err)
		}
		x.Data = rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")
		tensors = append(tensors, x)
	}
	return tensors
}

// What is written is read again, sealed or not, and written to the same bytes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tensors := drawTensors(t)
		metadata := rapid.MapOfN(rapid.String(), rapid.String(), 0, 4).Draw(t, "metadata")
		delete(metadata, Checksum)
		if rapid.Bool().Draw(t, "sealed") {
			metadata = Seal(tensors, metadata)
		}
		data := written(t, tensors, metadata)
		if begin := binary.LittleEndian.Uint64(data); begin%8 != 0 {
			t.Fatalf("a header of %d bytes", begin)
		}
		got, found, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, tensors, same) || !maps.Equal(found, metadata) {
			t.Fatalf("found %v and %q, want %v and %q", got, found, tensors, metadata)
		}
		if again := written(t, got, found); !bytes.Equal(again, data) {
			t.Fatalf("written again: %q, want %q", again, data)
		}
	})
}

// No byte of a sealed file can change unnoticed.
func TestSealNoticesEveryByte(t *testing.T) {
	data := written(t, goldenTensors(), Seal(goldenTensors(), goldenMetadata()))
	want, metadata, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		for _, flip := range []byte{1, 2, 0x20, 0x80} {
			changed := bytes.Clone(data)
			changed[i] ^= flip
			tensors, found, err := Read(changed)
			_, sealed := found[Checksum]
			if err == nil && sealed && !(slices.EqualFunc(tensors, want, same) && maps.Equal(found, metadata)) {
				t.Fatalf("byte %d: %q is read", i, changed)
			}
		}
	}
	data[len(data)-1]++
	if _, _, err := Read(data); err == nil || !strings.HasPrefix(err.Error(), "damaged: ") {
		t.Errorf("a changed number: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	x := Float64("x", []int{1}, []float64{1})
	named := func(name string) Tensor { y := x; y.Name = name; return y }
	for name, test := range map[string]struct {
		tensors  []Tensor
		metadata map[string]string
		want     string
	}{
		"too few numbers":      {[]Tensor{Float64("x", []int{2, 2}, []float64{1})}, nil, `tensor "x": found 8 bytes, expected 32 for shape [2 2] of F64`},
		"an unknown type":      {[]Tensor{{Name: "x", DType: "C64"}}, nil, `tensor "x": found dtype "C64", expected one of [BF16`},
		"a negative length":    {[]Tensor{{Name: "x", DType: "U8", Shape: []int{-1}}}, nil, "shape [-1]"},
		"an enormous shape":    {[]Tensor{{Name: "x", DType: "U8", Shape: []int{1 << 40, 1 << 40}}}, nil, "2^63"},
		"too many axes":        {[]Tensor{{Name: "x", DType: "U8", Shape: make([]int, 65)}}, nil, "65 axes"},
		"two of a name":        {[]Tensor{x, x}, nil, `tensor "x": found two of that name`},
		"the metadata's name":  {[]Tensor{named("__metadata__")}, nil, "the name of the metadata"},
		"a name that is bytes": {[]Tensor{named("\xff")}, nil, "not UTF-8"},
		"metadata that is not": {[]Tensor{x}, map[string]string{"a": "\xff"}, `metadata "a"`},
		"a key that is not":    {[]Tensor{x}, map[string]string{"\xff": "a"}, "not UTF-8"},
		"a header of 100 MB":   {nil, map[string]string{"a": strings.Repeat("a", maxHeader)}, "at most 100000000"},
	} {
		var b bytes.Buffer
		if err := Write(&b, test.tensors, test.metadata); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if b.Len() > 0 {
			t.Errorf("%s: %d bytes are written", name, b.Len())
		}
	}
}

// full takes n bytes.
type full struct{ n int }

func (f *full) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

var errFull = errors.New("full")

func TestWriteFails(t *testing.T) {
	whole := len(written(t, goldenTensors(), nil))
	for n := 0; n < whole; n += 16 {
		if err := Write(io.Writer(&full{n}), goldenTensors(), nil); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", n, err)
		}
	}
}

// file makes a file of a header and so many bytes of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestReadRefuses(t *testing.T) {
	one := func(fields string) string { return fmt.Sprintf(`{"x":{%s}}`, fields) }
	const offsets = `,"data_offsets":[0,8]`
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":                 {nil, "0 bytes"},
		"half a length":           {make([]byte, 7), "7 bytes"},
		"a header beyond":         {file("{}", 0)[:9], "found a length of 2 bytes, expected at most 1"},
		"an enormous header":      {bytes.Repeat([]byte{0xff}, 8), "length of 18446744073709551615 bytes"},
		"an empty header":         {file("", 0), "JSON object"},
		"a list":                  {file("[]", 0), "JSON object"},
		"a broken header":         {file(`{"x":`, 0), "broken JSON"},
		"two objects":             {file("{}{}", 0), "broken JSON"},
		"other white space":       {file("{}\n", 0), "white space"},
		"bytes that are no text":  {file("{\"\xff\":{}}", 0), "UTF-8"},
		"trailing bytes":          {file("{}", 3), "found 3 bytes after the last tensor"},
		"a number as a tensor":    {file(`{"x":1}`, 0), `tensor "x": found "1", expected "{"`},
		"no dtype":                {file(one(`"shape":[1],"data_offsets":[0,8]`), 8), `tensor "x": found 2 keys`},
		"another key":             {file(one(`"dtype":"F64","shape":[1],"more":1`+offsets), 8), `found key "more"`},
		"a key in another case":   {file(one(`"DType":"F64","shape":[1]`+offsets), 8), `found key "DType"`},
		"a key twice":             {file(one(`"dtype":"F64","dtype":"F64","shape":[1]`+offsets), 8), `found key "dtype" twice`},
		"a tensor twice":          {file(`{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), `key "x" twice`},
		"metadata twice":          {file(`{"__metadata__":{},"__metadata__":{}}`, 0), `"__metadata__" twice`},
		"a key of metadata twice": {file(`{"__metadata__":{"a":"b","a":"c"}}`, 0), `metadata: found key "a" twice`},
		"metadata of numbers":     {file(`{"__metadata__":{"a":1}}`, 0), `metadata "a": found "1", expected text`},
		"an unknown dtype":        {file(one(`"dtype":"C64","shape":[1]`+offsets), 8), `tensor "x": found dtype "C64"`},
		"a dtype that is null":    {file(one(`"dtype":null,"shape":[1]`+offsets), 8), "expected text"},
		"a shape that is a text":  {file(one(`"dtype":"F64","shape":"1"`+offsets), 8), `tensor "x", shape`},
		"a negative length":       {file(one(`"dtype":"F64","shape":[-1]`+offsets), 8), `found "-1", expected whole numbers`},
		"a fraction":              {file(one(`"dtype":"F64","shape":[1.0]`+offsets), 8), `found "1.0", expected whole numbers`},
		"a text as a length":      {file(one(`"dtype":"F64","shape":["1"]`+offsets), 8), `found "1", expected whole numbers`},
		"a length beyond 64 bits": {file(one(`"dtype":"F64","shape":[99999999999999999999]`+offsets), 8), "expected whole numbers"},
		"an enormous shape":       {file(one(`"dtype":"F64","shape":[4294967296,4294967296]`+offsets), 8), "2^63"},
		"too many axes":           {file(one(`"dtype":"F64","shape":[`+strings.Repeat("1,", 64)+`1]`+offsets), 8), "more than 64"},
		"three offsets":           {file(one(`"dtype":"F64","shape":[1],"data_offsets":[0,8,8]`), 8), "more than 2 numbers"},
		"one offset":              {file(one(`"dtype":"F64","shape":[1],"data_offsets":[0]`), 8), "expected two numbers"},
		"offsets that run back":   {file(one(`"dtype":"U8","shape":[0],"data_offsets":[0,0]},"y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"z":{"dtype":"U8","shape":[1],"data_offsets":[1,0]`), 1), `tensor "z"`},
		"another size":            {file(one(`"dtype":"F64","shape":[2]`+offsets), 8), `tensor "x": found data from byte 0 to 8, expected 16 bytes for shape [2] of F64`},
		"data that is cut short":  {file(one(`"dtype":"F64","shape":[1]`+offsets), 7), "at most the 7 bytes that the file has"},
		"a gap":                   {file(one(`"dtype":"U8","shape":[1],"data_offsets":[1,2]`), 2), `tensor "x": found data from byte 1, expected 0`},
		"an overlap":              {file(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), `tensor "y": found data from byte 1, expected 2`},
		"a checksum of nothing":   {file(`{"__metadata__":{"sha256":"0"}}`, 0), "damaged: "},
	} {
		if _, _, err := Read(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// Whatever is read is written again, and read to the same.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"golden", "python"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".safetensors"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add(file(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2))
	f.Add(file(`{"__metadata__":{"a":"b"}}   `, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, metadata, err := Read(data)
		if err != nil {
			return
		}
		again, found, err := Read(written(t, tensors, metadata))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(again, tensors, same) || !maps.Equal(found, metadata) {
			t.Fatalf("found %v and %q, want %v and %q", again, found, tensors, metadata)
		}
	})
}

package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// python is the table that plain.pkl needs.
var python = Decoder{
	Globals: map[string]any{
		"collections.OrderedDict": Func(func(Tuple) (any, error) { return &Dict{}, nil }),
		"_codecs.encode":          Func(latin1),
	},
	Expected: "plain data",
}

// latin1 is how bytes are written in protocol 2.
func latin1(args Tuple) (any, error) {
	if len(args) == 0 {
		return nil, &Error{Found: "no argument", Expected: "text"}
	}
	text, _ := args[0].(string)
	b := []byte{}
	for _, r := range text {
		b = append(b, byte(r))
	}
	return b, nil
}

func list(items ...any) *List { return &List{Items: items} }

func TestPlainData(t *testing.T) {
	i := func(n int64) any { return n }
	shared := list("a", "b")
	want := map[any]any{
		"none":  nil,
		"bools": Tuple{true, false},
		"ints": list(i(0), i(-1), i(255), i(256), i(65535), i(65536), i(math.MinInt32), i(math.MinInt32-1), i(1<<31),
			i(math.MaxInt64), i(math.MinInt64)),
		"floats":    list(0.5, -1e300, math.Inf(1)),
		"text":      "é \U0001f600",
		"surrogate": "\ufffd",
		"bytes":     []byte{0, 255},
		"tuples":    Tuple{Tuple(nil), Tuple{i(1)}, Tuple{i(1), i(2)}, Tuple{i(1), i(2), i(3)}, Tuple{i(1), i(2), i(3), i(4)}},
		"shared":    list(shared, shared),
		"ordered":   &Dict{Keys: []any{"z", "a"}, Values: []any{i(1), i(2)}},
		i(7):        &Dict{},
	}
	for protocol := 2; protocol <= 5; protocol++ {
		b, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("plain_%d.pkl", protocol)))
		if err != nil {
			t.Fatal(err)
		}
		v, err := python.Decode(b)
		if err != nil {
			t.Fatalf("protocol %d: %v", protocol, err)
		}
		got := v.(*Dict)
		if len(got.Keys) != len(want) || got.Keys[0] != "none" || got.Keys[10] != i(7) {
			t.Errorf("protocol %d: keys %q", protocol, got.Keys)
		}
		for n, key := range got.Keys {
			if !reflect.DeepEqual(got.Values[n], want[key]) {
				t.Errorf("protocol %d: %v is %#v, want %#v", protocol, key, got.Values[n], want[key])
			}
		}
		pair := got.Values[8].(*List).Items
		if pair[0] != pair[1] {
			t.Errorf("protocol %d: one list became two", protocol)
		}
		for n := range b {
			if _, err := python.Decode(b[:n]); err == nil {
				t.Errorf("protocol %d: cut at %d decoded", protocol, n)
			}
		}
	}
}

func le(size int, n uint64) string {
	return string(binary.LittleEndian.AppendUint64(nil, n)[:size])
}

func TestRefused(t *testing.T) {
	for name, test := range map[string]struct {
		pickle string
		offset int
		want   string
	}{
		"os.system":        {"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", 2, `global "os.system", expected plain data`},
		"builtins.eval":    {"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", 18, `global "builtins.eval"`},
		"posix by parts":   {"\x80\x02]]\x93.", 4, "a global named by a list and a list"},
		"old global":       {"(S'ls'\nios\nsystem\n.", 1, `opcode 'S'`},
		"instance":         {"\x80\x02(ios\nsystem\n.", 3, `opcode 'i'`},
		"new object":       {"\x80\x02ccollections\nOrderedDict\n)\x81.", 28, `opcode '\u0081'`},
		"extension":        {"\x80\x02\x82\x01.", 2, `opcode '\u0082'`},
		"out of band":      {"\x80\x05\x97.", 2, `opcode '\u0097'`},
		"persistent":       {"\x80\x02X\x01\x00\x00\x00aQ.", 8, "a persistent id"},
		"call of text":     {"\x80\x02X\x01\x00\x00\x00a)R.", 9, "a call of a str with a tuple"},
		"call with a list": {"\x80\x02ccollections\nOrderedDict\n]R.", 28, "a call of a callable with a list"},
		"state of a list":  {"\x80\x02]}b.", 4, "a state for a list"},
		"items of a dict":  {"\x80\x02}Na.", 4, "items for a dict"},
		"pairs of a list":  {"\x80\x02]NNs.", 5, "2 keys and values for a list"},
		"odd pairs":        {"\x80\x02}(Nu.", 5, "1 keys and values"},
		"no mark":          {"\x80\x02Nt.", 3, "no mark"},
		"below the mark":   {"\x80\x02N(\x85.", 4, "0 values on the stack"},
		"empty stack":      {"\x80\x02q\x00.", 2, "an empty stack"},
		"unset memo":       {"\x80\x02h\x05.", 2, "index 5 of the memo"},
		"protocol":         {"\x80\x06N.", 0, "protocol 6"},
		"frame":            {"\x80\x04\x95" + le(8, math.MaxUint64) + "N.", 2, "a frame of 18446744073709551615 bytes"},
		"long text":        {"\x80\x04\x8d" + le(8, math.MaxUint64) + "a.", 2, "2 bytes before the end"},
		"long bytes":       {"\x80\x03B" + le(4, math.MaxUint32) + "a.", 2, "2 bytes before the end"},
		"long int":         {"\x80\x02\x8b" + le(4, math.MaxUint32) + "a.", 2, "2 bytes before the end"},
		"int of 9 bytes":   {"\x80\x02\x8a\x09123456789.", 2, "an int of 9 bytes"},
		"name without end": {"\x80\x02c" + strings.Repeat("a", 1000) + "\nb\n.", 2, "a name without an end"},
		"two values":       {"\x80\x02NN.", 4, "2 values"},
		"a mark left":      {"\x80\x02N(.", 4, "1 marks"},
		"more after":       {"\x80\x02N.N", 3, "1 bytes after"},
		"no stop":          {"\x80\x02N", 3, "0 bytes before the end"},
		"nothing":          {"", 0, "0 bytes before the end"},
		"argument":         {"\x80\x02c_codecs\nencode\n)R.", 19, "no argument"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := python.Decode([]byte(test.pickle))
			var bad *Error
			if !errors.As(err, &bad) {
				t.Fatalf("%v, %v", v, err)
			}
			if bad.Offset != test.offset || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want %q at %d", err, test.want, test.offset)
			}
		})
	}
}

func TestTooManyValues(t *testing.T) {
	for name, code := range map[string]string{"value": "N", "mark": "(", "memo": "q\x00", "from memo": "h\x00"} {
		m := machine{Decoder: &python, code: []byte(code[1:]), stack: []any{nil}, memo: map[uint32]any{0: nil}, values: maxValues - 1}
		if err := m.step(code[0]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		m.at = 0
		if err := m.step(code[0]); err == nil || !strings.Contains(err.Error(), "more values") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// However deep lists nest, and whether they hold themselves, decoding neither
// recurses nor takes more than they need.
func TestNesting(t *testing.T) {
	const depth = 1 << 16
	v, err := python.Decode([]byte("\x80\x02" + strings.Repeat("]", depth) + strings.Repeat("a", depth-1) + "."))
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for l, ok := v.(*List), true; ok; got++ {
		if len(l.Items) == 0 {
			ok = false
		} else {
			l = l.Items[0].(*List)
		}
	}
	if got != depth {
		t.Errorf("%d levels, want %d", got, depth)
	}
	v, err = python.Decode([]byte("\x80\x02]q\x00h\x00a."))
	if l, ok := v.(*List); err != nil || !ok || len(l.Items) != 1 || l.Items[0] != v {
		t.Errorf("a list in itself: %v, %v", Kind(v), err)
	}
}

func FuzzDecode(f *testing.F) {
	for protocol := 2; protocol <= 5; protocol++ {
		b, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("plain_%d.pkl", protocol)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R."))
	d := python
	d.Persistent = func(id any) (any, error) { return id, nil }
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := d.Decode(b)
		var bad *Error
		if err != nil && (!errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(b)) {
			t.Errorf("error %v", err)
		}
		if err == nil && Kind(v) == "" {
			t.Error("a value without a kind")
		}
	})
}

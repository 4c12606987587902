package activations

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

func TestTorch(t *testing.T) {
	layers := []string{"hidden_states.0", "hidden_states.1", "hidden_states.2"}
	checkOpens(t, []opensAs{
		{name: "tensor", spec: Spec{Paths: []string{"torch_tensor_f16.pt"}}, format: "torch", dtype: F16},
		{name: "protocol 5", spec: Spec{Paths: []string{"torch_protocol_5.pt"}}, format: "torch", dtype: F64},
		{name: "long name", spec: Spec{Paths: []string{"torch_longlong*.pt"}}, format: "torch", dtype: F64},
		{name: "dictionary", spec: Spec{Paths: []string{"torch_table_bf16.pt"}}, format: "torch", dtype: BF16},
		{name: "tuple of views", spec: Spec{Paths: []string{"torch_layers_f32.pt"}}, format: "torch", dtype: F32, layers: layers},
		{name: "list", spec: Spec{Paths: []string{"torch_list_f64.pt"}}, format: "torch", dtype: F64, layers: []string{"0", "1", "2"}},
		{name: "layer numbers", spec: Spec{Paths: []string{"torch_int_keys_f32.pt"}}, format: "torch", dtype: F32, layers: []string{"0", "1", "2"}},
		{name: "cache", spec: Spec{Paths: []string{"torch_cache_f16.pt"}, Tensor: "blocks.*.hook_resid_post"}, format: "torch", dtype: F16},
		{name: "parameters", spec: Spec{Paths: []string{"torch_parameters_f32.pt"}}, format: "torch", dtype: F32, layers: []string{"mlp.0", "mlp.1", "mlp.2"}},
		{name: "fortran", spec: Spec{Paths: []string{"torch_fortran_f32.pt"}}, format: "torch", dtype: F32},
		{name: "strided", spec: Spec{Paths: []string{"torch_strided_f32.pt"}}, format: "torch", dtype: F32},
		{name: "shards", spec: Spec{Paths: []string{"torch_shard_*.pt"}}, format: "torch", dtype: F16},
		{name: "bf16 as int16", spec: Spec{Paths: []string{"torch_bf16_int16.pt"}, DType: BF16}, format: "torch", dtype: BF16},
	})
	checkRefused(t, []refused{
		{"before 1.6", Spec{Paths: []string{"torch_legacy.pt"}}, []string{"before version 1.6", "torch.save(torch.load("}},
		{"command", Spec{Paths: []string{"torch_command.pt"}}, []string{`data.pkl" at byte `, `global "posix.system"`}},
		{"object", Spec{Paths: []string{"torch_object.pt"}}, []string{`data.pkl" at byte `, `global "argparse.Namespace"`, "dict(cache)"}},
		{"expanded", Spec{Paths: []string{"torch_expanded.pt"}}, []string{`tensor "states"`, "repeats numbers", "contiguous()"}},
		{"negated", Spec{Paths: []string{"torch_negated.pt"}}, []string{`tensor "states"`, "negates"}},
		{"int32", Spec{Paths: []string{"torch_int32.pt"}}, []string{"dtype int32", "bfloat16"}},
		{"other dtype", Spec{Paths: []string{"torch_tensor_f16.pt"}, DType: F32}, []string{"dtype float16", "f32, as declared"}},
		{"which", Spec{Paths: []string{"torch_cache_f16.pt"}}, []string{`"hook_embed"`, "name the tensor"}},
	})
}

// Where the axes name layers but no rows, every tensor of a list is a row.
func TestTorchRows(t *testing.T) {
	checkOpens(t, []opensAs{
		{name: "list", spec: Spec{Paths: []string{"torch_rows_f16.pt"}, Axes: []Axis{Layer, Width}}, format: "torch", dtype: F16},
	})
	checkRefused(t, []refused{
		{"differ", Spec{Paths: []string{"torch_ragged_f32.pt"}, Tensor: "*", Axes: []Axis{Layer, Position, Width}},
			[]string{`tensor "states.a-1"`, "3 positions", `2 positions x 4 wide as in tensor "states.a-0"`}},
		{"too short", Spec{Paths: []string{"torch_ragged_f32.pt"}, Tensor: "*", Axes: []Axis{Layer, Position, Width}, Position: "-3"},
			[]string{"row 0", "2 positions", "position -3"}},
		{"which", Spec{Paths: []string{"torch_ragged_f32.pt"}, Axes: []Axis{Layer, Position, Width}}, []string{`"states.a-0"`, "name the tensor"}},
		{"as layers", Spec{Paths: []string{"torch_rows_f16.pt"}, Axes: []Axis{Layer, Position, Width}}, []string{"none with numbers"}},
	})
	for position, at := range map[string]func(row, q int) (from, to int){
		"last":   func(row, _ int) (int, int) { return row + 1, row + 2 },
		"mean":   func(row, _ int) (int, int) { return 0, row + 2 },
		"-2:":    func(row, q int) (int, int) { return row + q, row + q + 1 },
		"answer": func(row, _ int) (int, int) { i := []int{1, 0, 3, 2, 5}[row]; return i, i + 1 },
	} {
		d := open(t, Spec{Paths: []string{formatsFile("torch_ragged_f32.pt")}, Tensor: "states.*", Axes: []Axis{Layer, Position, Width}, Position: position, ID: "tensor"})
		checkChosen(t, d, at)
		ids, err := d.IDs()
		if err != nil || strings.Join(ids, " ") != "states.a-0 states.a-1 states.b-0 states.b-1 states.c-0" {
			t.Errorf("ids %q, %v", ids, err)
		}
	}
}

func TestTorchRowsDiffer(t *testing.T) {
	one := torchView(4, 0, []int64{2, 2}, []int64{2, 1})
	for name, test := range map[string]struct {
		other string
		want  []string
	}{
		"layers": {torchView(4, 0, []int64{1, 2}, []int64{2, 1}), []string{`tensor "1"`, "1 layer", `2 layers x 1 position x 2 wide as in tensor "0"`}},
		"width":  {torchView(4, 0, []int64{2, 1}, []int64{2, 1}), []string{`tensor "1"`, "1 wide", "2 wide"}},
		"dtype":  {strings.Replace(torchView(2, 0, []int64{1, 2}, []int64{2, 1}), "Float", "Double", 1), []string{`tensor "1"`, "f64", `f32 as in tensor "0"`}},
		"empty":  {torchView(4, 0, []int64{0, 2}, []int64{2, 1}), []string{`tensor "1"`, "a layer axis that is not empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openTorch(input.InMemory("x.pt", torchFile(t, "]("+one+test.other+"e")), Spec{Axes: []Axis{Layer, Width}})
			if err == nil {
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want...)
		})
	}
	_, err := openTorch(input.InMemory("x.pt", torchFile(t, "]("+one+one+"e")), Spec{Axes: []Axis{Row, Layer}})
	checkFormatError(t, err, "no layer axis", `"0", "1"`)
}

// What transformers gives for output_hidden_states=True, beside the same
// numbers as NumPy writes them.
func TestTorchTransformers(t *testing.T) {
	got := open(t, Spec{Paths: []string{formatsFile("torch_transformers.pt")}})
	want := open(t, Spec{Paths: []string{formatsFile("torch_transformers.npy")}, Axes: []Axis{Layer, Row, Position, Width}})
	s := got.Shape()
	if s != want.Shape() || s != (Shape{2, 3, 3, 8}) {
		t.Fatalf("%v, want %v", s, want.Shape())
	}
	a, b := make([]float32, s.Rows*s.Width), make([]float32, s.Rows*s.Width)
	for layer := range s.Layers {
		for position := range s.Positions {
			if err := got.ReadFloat32(a, layer, position, 0, s.Rows); err != nil {
				t.Fatal(err)
			}
			if err := want.ReadFloat32(b, layer, position, 0, s.Rows); err != nil {
				t.Fatal(err)
			}
			for i := range a {
				if a[i] != b[i] {
					t.Fatalf("layer %d, position %d, number %d: %v, want %v", layer, position, i, a[i], b[i])
				}
			}
		}
	}
}

// The state of a module is an OrderedDict with attributes.
func TestTorchModule(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("torch_module_f32.pt")}})
	if want := (Shape{5, 1, 1, 4}); d.Shape() != want {
		t.Errorf("%v, want %v", d.Shape(), want)
	}
}

func TestTorchFP8(t *testing.T) {
	for name, dtype := range map[string]DType{"e4m3": F8E4M3, "e5m2": F8E5M2} {
		d := open(t, Spec{Paths: []string{formatsFile("torch_fp8_" + name + ".pt")}})
		if d.DType() != dtype || d.Shape() != planted {
			t.Errorf("%s, %v", d.DType(), d.Shape())
		}
		row := make([]float64, 4)
		if err := d.ReadFloat64(row, 0, 0, 0, 1); err != nil || row[1] != 0.125 || row[3] != 0.375 {
			t.Errorf("%v, %v", row, err)
		}
	}
}

// Lists beside the tensors, strided tensors and None make columns.
func TestTorchTable(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("torch_table_bf16.pt")}, ID: "id"})
	ids, err := d.IDs()
	if err != nil || strings.Join(ids, " ") != "a-0 a-1 b-0 b-1 c-0" {
		t.Errorf("ids %q, %v", ids, err)
	}
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string][]any{
		"kind":      {0, 1, 2, 3, 4},
		"label":     {1, 0, 1, 0, 1},
		"score":     {0.5, 1.0, -1.5, 2.0, 0.25},
		"condition": {"neutral", "pressure", "neutral", nil, "pressure"},
		"margin":    {0.5, -1.25, nil, 1e-3, 2.0},
		"right":     {true, false, true, true, nil},
	} {
		c, ok := e.Column(column)
		for i, v := range want {
			if !ok || c.Value(i) != v {
				t.Errorf("%s is %v, want %v", column, c, want)
			}
		}
	}
	if len(e.Columns()) != 7 {
		t.Errorf("columns %s", e.Names())
	}
}

// asked keeps what is read of a file.
type asked struct {
	*bytes.Reader
	from, to int64
	bytes    int
}

func (a *asked) ReadAt(b []byte, off int64) (int, error) {
	a.from, a.to = min(a.from, off), max(a.to, off+int64(len(b)))
	a.bytes += len(b)
	return a.Reader.ReadAt(b, off)
}

// A layer that is not asked for is not read.
func TestTorchReadsLayer(t *testing.T) {
	data, err := os.ReadFile(formatsFile("torch_list_f64.pt"))
	if err != nil {
		t.Fatal(err)
	}
	r := &asked{Reader: bytes.NewReader(data)}
	f := &input.File{Path: "list.pt", Size: int64(len(data)), R: r}
	s, err := openTorch(f, Spec{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	row := make([]float64, 20)
	*r = asked{Reader: r.Reader, from: f.Size}
	if err := readSource(shard{source: s}, nil, row, 1, 0, 0, 5); err != nil {
		t.Fatal(err)
	}
	numbers := binary.LittleEndian.Uint64(data[r.from:]) == 0x3fe0000000000000 // 0.5, the first of layer 1
	if !numbers || r.bytes != 160 || r.to-r.from != 160 {
		t.Errorf("%d bytes read, from %d to %d", r.bytes, r.from, r.to)
	}
}

// PyTorch notes the byte order of the machine that wrote a file.
func TestTorchBigEndian(t *testing.T) {
	numbers := []byte{0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0, 0x40, 0x40, 0, 0}
	p := "\x80\x02" + torchView(3, 0, []int64{1, 3}, []int64{3, 1}) + "."
	for order, want := range map[string]string{"big": "", "middle": `"middle"`} {
		data := zipFile(t, zip.Store, "x/data.pkl", []byte(p), "x/byteorder", []byte(order), "x/data/0", numbers)
		s, err := openTorch(input.InMemory("x.pt", data), Spec{})
		if want != "" {
			checkFormatError(t, err, want, "little or big")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		row := make([]float64, 3)
		if err := readSource(shard{source: s}, nil, row, 0, 0, 0, 1); err != nil || row[0] != 1 || row[1] != -2 || row[2] != 3 {
			t.Errorf("%v, %v", row, err)
		}
	}
}

func TestTorchShrinks(t *testing.T) {
	data, err := os.ReadFile(formatsFile("torch_tensor_f16.pt"))
	if err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "states.pt", data)
	d := open(t, Spec{Paths: []string{path}})
	if err := os.Truncate(path, 600); err != nil {
		t.Fatal(err)
	}
	checkFormatError(t, d.ReadFloat64(make([]float64, 20), 0, 0, 0, 5), path, "before the end of the file")
}

func TestTorchRepacked(t *testing.T) {
	data := zipFile(t, zip.Store, "x/version", []byte("3\n"), "x/data.pkl", []byte("\x80\x02N."))
	_, err := Open(Spec{Paths: []string{writeFile(t, "x.pt", data)}})
	checkFormatError(t, err, "not the first member", "torch.load")
}

// torchView is a pickle of a float32 tensor of storage 0, which has n numbers.
func torchView(n, offset int64, shape, strides []int64) string {
	return torchCall("torch._utils", "_rebuild_tensor_v2", torchStored("0", n), pickled(offset), pickledTuple(shape),
		pickledTuple(strides), "\x89", "}")
}

func torchStored(key string, n int64) string {
	return "(" + pickledText("storage") + "ctorch\nFloatStorage\n" + pickledText(key) + pickledText("cpu") + pickled(n) + "tQ"
}

func torchCall(module, name string, args ...string) string {
	return "c" + module + "\n" + name + "\n(" + strings.Join(args, "") + "tR"
}

func pickled(n int64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func pickledText(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func pickledTuple(numbers []int64) string {
	var b strings.Builder
	b.WriteString("(")
	for _, n := range numbers {
		b.WriteString(pickled(n))
	}
	return b.String() + "t"
}

// torchFile is an archive with storages of 4 and 8 numbers.
func torchFile(t *testing.T, p string) []byte {
	return zipFile(t, zip.Store, "x/data.pkl", []byte("\x80\x02"+p+"."), "x/data/0", make([]byte, 16), "x/data/1", make([]byte, 32))
}

func TestTorchHostile(t *testing.T) {
	repeat := strings.Repeat
	view := torchView(4, 0, []int64{2, 2}, []int64{2, 1})
	bomb := "]q\x00" + view + "a"
	for i := 1; i < 12; i++ {
		bomb += "]q" + string(rune(i)) + "(" + repeat("h"+string(rune(i-1)), 20) + "e"
	}
	for name, test := range map[string]struct {
		pickle string
		want   string
	}{
		"runs a command":    {torchCall("os", "system", pickledText("ls")), `global "os.system"`},
		"runs a function":   {torchCall("torch.storage", "_load_from_bytes", "B\x00\x00\x00\x00"), `global "torch.storage._load_from_bytes"`},
		"numpy":             {torchCall("numpy._core.multiarray", "_reconstruct"), `global "numpy._core.multiarray._reconstruct"`},
		"other opcode":      {"(ios\nsystem\n", `opcode 'i'`},
		"unfolds":           {"(" + bomb + "t", "unfold into far more"},
		"in itself":         {"]q\x00h\x00a", "unfold into far more"},
		"deep":              {repeat("]", 100000) + repeat("a", 99999), "at most 16 levels"},
		"shape and strides": {torchView(4, 0, []int64{2, 2}, []int64{1}), "offset, shape and strides"},
		"outside":           {torchView(4, 1, []int64{2, 2}, []int64{2, 1}), "inside the 4 numbers"},
		"strides outside":   {torchView(4, 0, []int64{2, 2}, []int64{3, 1}), "inside the 4 numbers"},
		"offset outside":    {torchView(4, 5, []int64{0, 2}, []int64{2, 1}), "inside the 4 numbers"},
		"negative offset":   {torchView(4, -1, []int64{1, 2}, []int64{2, 1}), "inside the 4 numbers"},
		"negative size":     {torchView(4, 0, []int64{-1, 2}, []int64{2, 1}), "offset, shape and strides"},
		"negative stride":   {torchView(4, 3, []int64{2, 2}, []int64{-2, 1}), "offset, shape and strides"},
		"product overflows": {torchView(4, 0, []int64{1 << 47, 1 << 47, 1 << 47}, []int64{0, 0, 0}), "repeats numbers"},
		"reach overflows":   {torchView(4, 0, []int64{1 << 48, 1 << 48}, []int64{1 << 48, 1 << 48}), "inside the 4 numbers"},
		"sum overflows":     {torchView(4, 0, []int64{1 << 32, 1 << 32, 1 << 32}, []int64{1 << 30, 1 << 30, 1 << 30}), "inside the 4 numbers"},
		"huge size":         {torchView(4, 0, []int64{1 << 62, 2}, []int64{2, 1}), "offset, shape and strides"},
		"rank":              {torchView(4, 0, make([]int64, 65), make([]int64, 65)), "offset, shape and strides"},
		"overlaps":          {torchView(4, 0, []int64{3, 2}, []int64{1, 1}), "repeats numbers"},
		"storage too long":  {torchView(5, 0, []int64{2, 2}, []int64{2, 1}), "the 16 bytes"},
		"storage too short": {torchView(3, 0, []int64{1, 2}, []int64{2, 1}), "the 16 bytes"},
		"storage overflows": {torchView(1<<62+1, 0, []int64{2, 2}, []int64{2, 1}), "storage, type, key"},
		"no storage":        {torchStored("7", 4), `storage "7"`},
		"path for a key":    {torchStored("../data.pkl", 4), `storage "../data.pkl"`},
		"id":                {"NQ", "0 arguments"},
		"no arguments":      {"ctorch._utils\n_rebuild_tensor_v2\n)R", "0 arguments"},
		"parameter":         {"ctorch._utils\n_rebuild_parameter\n)R", "0 arguments"},
		"text for storage":  {torchCall("torch._utils", "_rebuild_tensor_v2", "N", "K\x00", "))", "\x89", "}"), "a storage first"},
		"typed":             {torchCall("torch._utils", "_rebuild_tensor_v3", "N", "K\x00", "))", "\x89", "}", "N"), "a storage first"},
		"dictionary":        {torchCall("collections", "OrderedDict", "]"), "1 arguments [a list]"},
		"key":               {"}N" + view + "s", "a dictionary with None for a key"},
		"key of keys":       {"})\x85" + view + "s", "a dictionary with a tuple for a key"},
		"key of five":       {"}" + pickledTuple(make([]int64, 5)) + view + "s", "a dictionary with a tuple for a key"},
		"17 levels":         {repeat("]", 17) + view + repeat("a", 17), "at most 16 levels"},
		"long key":          {"}" + pickledText(repeat("k", 2000)) + view + "s", "a dictionary with a str for a key"},
		"key for two":       {"}" + pickledText("a") + view + "s" + pickledText("a") + view + "s", "two tensors of that name"},
		"name for two":      {"}(" + pickledText("a.b") + view + pickledText("a") + "}" + pickledText("b") + view + "su", "two tensors of that name"},
		"nothing":           {"}", "none with numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			data := torchFile(t, test.pickle)
			before := allocated()
			_, err := openTorch(input.InMemory("x.pt", data), Spec{})
			if n := allocated() - before; n > 64<<20+100*uint64(len(data)) {
				t.Errorf("%d bytes allocated for a file of %d", n, len(data))
			}
			if err == nil {
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want)
		})
	}
}

// Axes of one item may have any stride; so may those of a tensor without items.
func TestTorchOddStrides(t *testing.T) {
	for name, test := range map[string]struct {
		shape, strides []int64
		want           Shape
	}{
		"one":       {[]int64{2, 1, 2}, []int64{2, 0, 1}, Shape{2, 1, 1, 2}},
		"far apart": {[]int64{1, 1, 4}, []int64{1 << 40, 1 << 40, 1}, Shape{1, 1, 1, 4}},
		"none":      {[]int64{0, 2}, []int64{0, 0}, Shape{0, 1, 1, 2}},
		"backwards": {[]int64{2, 2}, []int64{1, 2}, Shape{2, 1, 1, 2}},
	} {
		s, err := openTorch(input.InMemory("x.pt", torchFile(t, torchView(4, 0, test.shape, test.strides))), Spec{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := s.contents().shape; got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// Where a pickle is refused the byte is that of the file.
func TestTorchOffset(t *testing.T) {
	data := torchFile(t, torchCall("os", "system", pickledText("ls")))
	_, err := openTorch(input.InMemory("x.pt", data), Spec{})
	at := bytes.Index(data, []byte("cos\nsystem"))
	checkFormatError(t, err, fmt.Sprintf(`member "x/data.pkl" at byte %d: found global "os.system"`, at))
}

func TestTorchArchives(t *testing.T) {
	p := []byte("\x80\x02" + torchView(4, 0, []int64{2, 2}, []int64{2, 1}) + ".")
	numbers := make([]byte, 16)
	whole := zipFile(t, zip.Store, "x/data.pkl", p, "x/data/0", numbers, "x/data/1", numbers)
	if _, err := openTorch(input.InMemory("x.pt", whole), Spec{}); err != nil {
		t.Fatal(err)
	}
	// directory returns where entry i of the directory begins.
	directory := func(data []byte, i int) int {
		at := bytes.Index(data, []byte("PK\x01\x02"))
		for range i {
			at += 4 + bytes.Index(data[at+4:], []byte("PK\x01\x02"))
		}
		return at
	}
	change := func(entry int, fieldsAndValues ...uint32) []byte {
		b := bytes.Clone(whole)
		for ; len(fieldsAndValues) > 0; fieldsAndValues = fieldsAndValues[2:] {
			binary.LittleEndian.PutUint32(b[directory(b, entry)+int(fieldsAndValues[0]):], fieldsAndValues[1])
		}
		return b
	}
	const flags, packed, size, header = 8, 20, 24, 42
	local := binary.LittleEndian.Uint32(whole[directory(whole, 1)+header:])
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"compressed":      {zipFile(t, zip.Deflate, "x/data.pkl", p, "x/data/0", numbers), "compressed or encrypted"},
		"encrypted":       {change(1, flags, 1), "compressed or encrypted"},
		"overlap":         {change(2, header, local), "bytes that are also in member"},
		"sizes differ":    {change(1, size, 20), "20 bytes, stored as 16"},
		"outside":         {change(1, header, uint32(len(whole))), "a member of a zip archive"},
		"too long":        {change(1, size, 1<<20, packed, 1<<20), "1048576 bytes, stored as 1048576"},
		"two pickles":     {zipFile(t, zip.Store, "x/data.pkl", p, "y/data.pkl", p), "2 members named data.pkl"},
		"two storages":    {zipFile(t, zip.Store, "x/data.pkl", p, "x/data/0", numbers, "x/data/0", numbers), "two members"},
		"storage missing": {zipFile(t, zip.Store, "x/data.pkl", p), `storage "0"`},
		"other folder":    {zipFile(t, zip.Store, "x/data.pkl", p, "y/data/0", numbers), `storage "0"`},
		"cut short":       {whole[:len(whole)-9], "cut short"},
		"no pickle":       {zipFile(t, zip.Store, "x/data.pkl", []byte{}, "x/data/0", numbers), "0 bytes before the end of the pickle"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openTorch(input.InMemory("x.pt", test.data), Spec{})
			if err == nil {
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want)
		})
	}
}

// What a short file has again and again costs it: lists are not looked through
// for ever.
func TestTorchRepeats(t *testing.T) {
	data := torchFile(t, "](]("+strings.Repeat("K\x01", 1<<12)+"eq\x00"+strings.Repeat("h\x00", 1<<12)+"e")
	_, err := openTorch(input.InMemory("x.pt", data), Spec{})
	checkFormatError(t, err, "unfold into far more")
}

// Every word of a real file is replaced and the file is cut short, as
// TestDamagedFiles does it.
func TestTorchDamaged(t *testing.T) {
	for _, name := range []string{"torch_strided_f32.pt", "torch_fp8_e4m3.pt"} {
		whole, err := os.ReadFile(formatsFile(name))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(whole); n += 7 {
			exercise(t, whole[:n], openTorch, Spec{})
		}
		for at := 0; at+4 <= len(whole); at += 2 {
			damaged := bytes.Clone(whole)
			binary.LittleEndian.PutUint32(damaged[at:], 0xffffffff)
			exercise(t, damaged, openTorch, Spec{})
		}
	}
}

func FuzzTorch(f *testing.F) {
	seed(f, ".pt")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openTorch, Spec{})
		exercise(t, data, openTorch, Spec{Tensor: "*", Position: "mean"})
		exercise(t, data, openTorch, Spec{Axes: []Axis{Layer, Width}})
		exercise(t, data, openTorch, Spec{Axes: []Axis{Row, Layer, Position, Width}, Position: "last"})
		exercise(t, data, openTorch, Spec{Axes: []Axis{Layer, Row, Width}})
	})
}

// FuzzTorchPickle varies the pickle alone; the storages are there.
func FuzzTorchPickle(f *testing.F) {
	paths, err := filepath.Glob(formatsFile("*.pt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		a, err := readTorchArchive(input.InMemory(path, data))
		if err == nil {
			f.Add(data[a.pickle.offset : a.pickle.offset+a.pickle.size])
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		data := zipFile(t, zip.Store, "x/data.pkl", p, "x/data/0", make([]byte, 120), "x/data/1", make([]byte, 240), "x/data/2", make([]byte, 60))
		exercise(t, data, openTorch, Spec{})
		exercise(t, data, openTorch, Spec{Tensor: "*"})
		exercise(t, data, openTorch, Spec{Axes: []Axis{Layer, Width}})
		exercise(t, data, openTorch, Spec{Axes: []Axis{Row, Layer, Position, Width}, Position: "last"})
		exercise(t, data, openTorch, Spec{Axes: []Axis{Layer, Row, Width}})
		exercise(t, data, openTorch, Spec{Tensor: "*", Axes: []Axis{Layer, Position, Width}, Position: "last"})
	})
}

package activations

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

// Files of layers, and of layers and shards, are one dump with the layers' numbers.
func TestLayerFiles(t *testing.T) {
	numbers := []string{"0", "4", "10"}
	checkOpens(t, []opensAs{
		{name: "layers", spec: Spec{Paths: []string{"layer_files/resid_L{layer}.npy"}}, format: "npy", dtype: F32, layers: numbers},
		{name: "layers and shards", spec: Spec{Paths: []string{"layer_files/layer_{layer}_{row}.pt"}}, format: "torch", dtype: F16, layers: numbers},
		{name: "stated", spec: Spec{Paths: []string{"layer_files/resid_L{layer}.npy"}, LayerNumbers: []int{1, 2, 3}}, format: "npy", dtype: F32, layers: []string{"1", "2", "3"}},
	})
	d := open(t, Spec{Paths: []string{formatsFile("layer_files/layer_{layer}_{row}.pt")}})
	if got := fmt.Sprint(d.LayerNumbers()); got != "[0 4 10]" {
		t.Errorf("found layers %s", got)
	}
	var files []string
	for _, f := range d.Files() {
		files = append(files, strings.TrimPrefix(filepath.Base(f.Path), "layer_"))
	}
	if got := strings.Join(files, " "); got != "0_8.pt 4_8.pt 10_8.pt 0_9.pt 4_9.pt 10_9.pt 0_10.pt 4_10.pt 10_10.pt" {
		t.Errorf("found files %s", got)
	}
}

// Three axes of a layer's file are rows, positions and width.
func TestLayerFilesOfPositions(t *testing.T) {
	for position, want := range map[string][2]float64{"": {10 + 12./8, 20 + 12./8}, "last": {10 + 20./8, 20 + 20./8}} {
		d := open(t, Spec{Paths: []string{formatsFile("layer_files/tokens.{layer}.npy")}, Position: position})
		if got := fmt.Sprint(d.Shape().Layers, d.LayerNumbers(), d.Shape().Positions); got != map[string]string{"": "2 [1 2] 3", "last": "2 [1 2] 1"}[position] {
			t.Errorf("%q: found %s", position, got)
		}
		for layer, want := range want {
			row := make([]float64, 4)
			if err := d.ReadFloat64(row, layer, 0, 1, 2); err != nil || row[0] != want {
				t.Errorf("%q, layer %d: found %v, %v, expected %v first", position, layer, row, err, want)
			}
		}
	}
}

// A number that is left out between others is noted, unless the others were chosen.
func TestLayerFileGaps(t *testing.T) {
	for name, c := range map[string]struct{ pattern, numbers, want string }{
		"a layer":        {"x{layer}.npy", "0 1 2 4 5", "x{layer}.npy: no file for layer 3, although"},
		"shards":         {"x{row}.npy", "1 2 3 6 7", "no file for row 4, 5, although"},
		"every second":   {"x{layer}.npy", "0 2 6 8 10", "no file for layer 4, although"},
		"all":            {"x{layer}.npy", "3 4 5", ""},
		"evenly chosen":  {"x{layer}.npy", "0 8 16", ""},
		"chosen":         {"x{layer}.npy", "0 8 16 31", ""},
		"ids":            {"x{row}.npy", "3 17 401", ""},
		"layer of shard": {"x{layer}_{row}.npy", "0_1 1_1 3_1 0_2 1_2 3_2", "no file for layer 2, although"},
	} {
		dir := t.TempDir()
		for n := range strings.FieldsSeq(c.numbers) {
			writeTo(t, filepath.Join(dir, "x"+n+".npy"), layerNPY("<f4", 3, 2))
		}
		notes := strings.Join(open(t, Spec{Paths: []string{filepath.Join(dir, c.pattern)}}).Notes(), "; ")
		if (c.want == "") != (notes == "") || !strings.Contains(notes, c.want) {
			t.Errorf("%s: found notes %q, want %q", name, notes, c.want)
		}
	}
}

// layerNPY is an npy file of zeros.
func layerNPY(descr string, shape ...int) []byte {
	n, size := 1, map[string]int{"<f2": 2, "<f4": 4}[descr]
	for _, s := range shape {
		n *= s
	}
	return npyFile(descr, false, shape, [][]byte{make([]byte, n*size)})
}

func TestLayerFilesRefused(t *testing.T) {
	even := layerNPY("<f4", 3, 2)
	for name, c := range map[string]struct {
		files map[string][]byte
		path  string
		want  []string
	}{
		"rows":        {map[string][]byte{"L0.npy": even, "L1.npy": layerNPY("<f4", 4, 2)}, "L{layer}.npy", []string{"L1.npy: shape: found 4 rows, expected 3 rows as in", "L0.npy"}},
		"width":       {map[string][]byte{"L0.npy": even, "L1.npy": layerNPY("<f4", 3, 5)}, "L{layer}.npy", []string{"L1.npy: shape: found 5 wide, expected 2 wide as in", "L0.npy"}},
		"dtype":       {map[string][]byte{"L0.npy": even, "L1.npy": layerNPY("<f2", 3, 2)}, "L{layer}.npy", []string{"L1.npy: dtype: found f16, expected f32 as in", "L0.npy"}},
		"positions":   {map[string][]byte{"L0.npy": layerNPY("<f4", 3, 4, 2), "L1.npy": layerNPY("<f4", 3, 5, 2)}, "L{layer}.npy", []string{"L1.npy: shape: found 5 positions, expected 4 positions as in", "L0.npy"}},
		"layers":      {map[string][]byte{"L0.npy": layerNPY("<f4", 3, 4, 1, 2)}, "L{layer}.npy", []string{"L0.npy: shape: found 4 layers, expected one layer in each file"}},
		"shards":      {map[string][]byte{"L0_0.npy": even, "L0_1.npy": layerNPY("<f4", 3, 5)}, "L{layer}_{row}.npy", []string{"L0_1.npy", "5 wide", "2 wide as in"}},
		"missing":     {map[string][]byte{"L0_0.npy": even, "L0_7.npy": even, "L3_0.npy": even}, "L{layer}_{row}.npy", []string{"files: found no file for layer 3 of row 7, expected one for each of 2 layers and 2 shards"}},
		"many":        {map[string][]byte{"L0_0.npy": even, "L1_1.npy": even, "L2_2.npy": even, "L3_3.npy": even}, "L{layer}_{row}.npy", []string{"layer 1 of row 0, ", " and 4 more"}},
		"same number": {map[string][]byte{"L0.npy": even, "L00.npy": even}, "L{layer}.npy", []string{"L0.npy and ", "L00.npy, expected one of them"}},
		"damaged":     {map[string][]byte{"L0.npy": even, "L1.npy": even[:len(even)-1]}, "L{layer}.npy", []string{"L1.npy", "bytes of numbers"}},
		"no file":     {map[string][]byte{"L_x.npy": even}, "L{layer}.npy", []string{"no file matches, with a number for each of {layer}"}},
		"width of it": {map[string][]byte{"L0.npy": even}, "L{layer:02d}.npy", []string{"found {layer:02d}, expected {layer} or {row}"}},
		"twice":       {map[string][]byte{"L0.npy": even}, "{layer}/L{layer}.npy", []string{"found {layer} twice"}},
		"adjacent":    {map[string][]byte{"L0.npy": even}, "L{layer}{row}.npy", []string{"found placeholders without anything between them"}},
		"glob":        {map[string][]byte{"L0.npy": even}, "*{layer}.npy", []string{"found a glob with {layer}, expected {row}"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Open(Spec{Paths: []string{filepath.Join(layerDir(t, c.files), c.path)}})
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("found %s, expected %s in it", err, want)
				}
			}
		})
	}
	_, err := Open(Spec{Paths: []string{"a.npy", "L{layer}.npy"}})
	if got := fmt.Sprint(err); !strings.Contains(got, "found one of 2 paths, expected no other path beside one with {layer}") {
		t.Error(got)
	}
}

func layerDir(t *testing.T, files map[string][]byte) string {
	dir := t.TempDir()
	for name, data := range files {
		writeTo(t, filepath.Join(dir, name), data)
	}
	return dir
}

// Files that are likely layers are not joined along the rows without a word.
func TestLayersTakenForShards(t *testing.T) {
	even, other := layerNPY("<f4", 3, 2), layerNPY("<f4", 2, 2)
	for _, c := range []struct {
		names string
		last  []byte
		want  string // the path to write, empty where the files are shards
	}{
		{"layer_0 layer_1", even, "layer_{layer}.npy"},
		{"x.L0 x.L1 x.L2", even, "x.L{layer}.npy"},
		{"blk07-out blk08-out", even, "blk{layer}-out.npy"},
		{"resid3 resid4", even, "resid{layer}.npy"},
		{"layer_0_0 layer_0_1 layer_1_0 layer_1_1", even, "layer_{layer}_{row}.npy"},
		{"b0_v2_layer0 b0_v2_layer1 b1_v2_layer0 b1_v2_layer1", even, "b{row}_v2_layer{layer}.npy"},
		{"layer_0 layer_1", other, ""},                         // other rows
		{"layer_0_0 layer_0_1 layer_1_0 layer_1_1", other, ""}, // so are these
		{"layer_0_0 layer_0_1 layer_1_0", even, ""},            // and these are no grid
		{"layer_4_0 layer_4_1", even, ""},                      // of one layer
		{"shard_0 shard_1", even, ""},                          // no word of layers
		{"model0 model1", even, ""},                            // an l that ends a word
		{"layer_0 layer_1_b", even, ""},
	} {
		files := map[string][]byte{}
		names := strings.Fields(c.names)
		for _, name := range names {
			files[name+".npy"] = even
		}
		files[names[len(names)-1]+".npy"] = c.last
		dir := layerDir(t, files)
		d, err := Open(Spec{Paths: []string{filepath.Join(dir, "*.npy")}})
		if err == nil {
			d.Close()
		}
		want := "path: " + filepath.Join(dir, c.want)
		if !strings.Contains(c.want, rowMark) {
			want += "; with shards"
		}
		if twice := strings.Count(fmt.Sprint(err), rowMark) > 1; twice || c.want == "" && err != nil || c.want != "" && !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: found %v, expected %q", c.names, err, want)
			continue
		}
		if c.want == "" {
			continue
		}
		for mark, rows := range map[string]int{layerMark: 3, rowMark: 3 * len(names)} {
			path := strings.NewReplacer(layerMark, mark).Replace(c.want)
			if mark == layerMark && strings.Contains(path, rowMark) {
				rows *= 2
			}
			d := open(t, Spec{Paths: []string{filepath.Join(dir, path)}})
			if d.Shape().Rows != rows {
				t.Errorf("%s: found %v, expected %d rows", path, d.Shape(), rows)
			}
		}
	}
}

// Of many files of layers, too, most are closed until they are read.
func TestManyLayerFiles(t *testing.T) {
	const layers, shards = 3, input.MaxOpenFiles/3 + 4
	files := map[string][]byte{}
	for layer := range layers {
		for row := range shards {
			files[fmt.Sprintf("L%d_%d.npy", layer, row)] = npyFile("<f4", false, []int{1, 1}, [][]byte{f32(float32(1000*layer + row))})
		}
	}
	d := open(t, Spec{Paths: []string{filepath.Join(layerDir(t, files), "L{layer}_{row}.npy")}})
	dst := make([]float64, shards)
	for layer := range layers {
		if err := d.ReadFloat64(dst, layer, 0, 0, shards); err != nil {
			t.Fatal(err)
		}
		for row, v := range dst {
			if v != float64(1000*layer+row) {
				t.Fatalf("layer %d, row %d: found %v", layer, row, v)
			}
		}
	}
	if _, parked := d.shards[shards-1].source.(*layerFiles).files[2].src.(*parkedSource); !parked {
		t.Error("the last file is held open")
	}
}

// Columns are those that the files of all layers hold alike.
func TestLayerFilesTable(t *testing.T) {
	files := map[string][]byte{}
	for layer := range 2 {
		data := make([]byte, 24, 72)
		for _, v := range []int{7, 8, 9, 5, layer, layer} {
			data = binary.LittleEndian.AppendUint64(data, uint64(v))
		}
		header := `{"states":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},"label":{"dtype":"I64","shape":[3],"data_offsets":[24,48]},"at":{"dtype":"I64","shape":[3],"data_offsets":[48,72]}}`
		files[fmt.Sprintf("L%d.safetensors", layer)] = append(safetensorsFile(header, 0), data...)
	}
	d := open(t, Spec{Paths: []string{filepath.Join(layerDir(t, files), "L{layer}.safetensors")}})
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	label, _ := e.Column("label")
	if e.Names() != `"label"` || label.String(2) != "9" {
		t.Errorf("found columns %s, %v", e.Names(), label)
	}
	if o := e.Omitted(); len(o) != 1 || o[0].Name != "at" || !strings.HasPrefix(o[0].Reason, "row 1 differs between ") {
		t.Errorf("found %v", o)
	}
}

// An axis of the one layer may be in the file, and be named.
func TestLayerFilesWithAnAxis(t *testing.T) {
	files := map[string][]byte{}
	for layer := range 3 {
		cells := [][]byte{f32(float32(10 * layer)), f32(float32(10*layer + 1))}
		files[fmt.Sprintf("L%d.npy", layer)] = npyFile("<f4", false, []int{2, 1, 1}, cells)
	}
	d := open(t, Spec{Paths: []string{filepath.Join(layerDir(t, files), "L{layer}.npy")}, Axes: []Axis{Row, Layer, Width}})
	dst := make([]float64, 2)
	if err := d.ReadFloat64(dst, 2, 0, 0, 2); err != nil || dst[0] != 20 || dst[1] != 21 {
		t.Errorf("found %v, %v, expected 20 and 21", dst, err)
	}
}

// Rows keep their positions in the file of every layer, and have as many in each.
func TestLayerFilesRagged(t *testing.T) {
	spec := Spec{Paths: []string{formatsFile("layer_files/ragged_{layer}.pt")}, Axes: []Axis{Row, Position, Width}, Position: "all"}
	d := open(t, spec)
	if got := fmt.Sprint(d.Shape(), d.LayerNumbers()); got != "2 rows x 2 layers x 3 positions x 4 wide [0 1]" {
		t.Errorf("found %s", got)
	}
	row := make([]float64, 4)
	if err := d.ReadFloat64(row, 1, 2, 1, 2); err != nil || row[0] != 1.5 {
		t.Errorf("found %v, %v, expected 1.5", row, err)
	}
	spec.Paths = []string{formatsFile("layer_files/uneven_{layer}.pt")}
	_, err := Open(spec)
	if err == nil {
		t.Fatal("rows of other lengths opened")
	}
	checkFormatError(t, err, "uneven_3.pt: row 0: found 2 positions, expected 3 as in", "uneven_2.pt")
}

// A note beside the file of one layer may call it the embedding, as every file's only
// layer is its layer 0. It is not that of the dump.
func TestLayerFilesEmbedding(t *testing.T) {
	dir := t.TempDir()
	for _, layer := range []string{"0", "4"} {
		writeTo(t, filepath.Join(dir, "L"+layer+".dat"), make([]byte, 3*2*4))
		writeTo(t, filepath.Join(dir, "L"+layer+".json"), []byte(`{"shape": [3, 2], "dtype": "float32", "model": "m", "embedding_layer": 0}`))
	}
	d := open(t, Spec{Paths: []string{filepath.Join(dir, "L{layer}.dat")}})
	if number, known := d.EmbeddingLayer(); known || d.Model() != "m" {
		t.Errorf("found embedding %d of model %q, expected none known", number, d.Model())
	}
}

// A server of files lists none, so that there are no numbers to find.
func TestLayerFilesOfURL(t *testing.T) {
	if d, err := Open(Spec{Paths: []string{"http://127.0.0.1:9/L{layer}.npy"}}); err == nil {
		d.Close()
		t.Error("opened")
	} else if !strings.Contains(err.Error(), "only s3, gs and hf list files") {
		t.Error(err)
	}
}

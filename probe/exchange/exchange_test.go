package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// drawSet draws probes of equal width that are complete.
func drawSet(t *rapid.T) *Set {
	d := rapid.IntRange(1, 6).Draw(t, "width")
	number := rapid.Float64Range(-1e6, 1e6)
	vector := rapid.SliceOfN(number, d, d)
	s := &Set{Metadata: Metadata{Format: Schema, Study: rapid.String().Draw(t, "study"), Levels: []string{"no", "ja, “doch”"}, Seed: rapid.Uint64().Draw(t, "seed")}}
	for i := range rapid.IntRange(1, 4).Draw(t, "probes") {
		p := Probe{
			Kind: MassMean, Layer: 2 * i, LayerName: fmt.Sprint(2 * i), Position: i % 2, Block: 2*i - 1,
			Weight: vector.Draw(t, "weight"), Bias: number.Draw(t, "bias"), Mean: vector.Draw(t, "mean"),
		}
		p.Weight[0] = 1 + math.Abs(p.Weight[0])
		for range d {
			p.Scale = append(p.Scale, rapid.Float64Range(1e-3, 1e3).Draw(t, "scale"))
		}
		x := rapid.SliceOfN(number, 4*d, 4*d).Draw(t, "rows")
		margin := make([]float64, 4)
		p.Margins(margin, x)
		if err := p.Complete(margin, []int{0, 1, 1, 0}, s.Seed); err != nil {
			t.Fatal(err)
		}
		checkComplete(t, &p, x)
		s.Probes = append(s.Probes, p)
	}
	return s
}

// checkComplete checks what Complete fills in against its definition.
func checkComplete(t *rapid.T, p *Probe, x []float64) {
	d := len(p.Weight)
	row := func(i int) []float64 { return x[i*d : (i+1)*d] }
	along, size := 0.0, 0.0
	for j, u := range p.Direction {
		along += u * (row(1)[j] + row(2)[j] - row(0)[j] - row(3)[j]) / 2
		size += math.Abs(u) * (math.Abs(row(1)[j]) + math.Abs(row(2)[j]) + math.Abs(row(0)[j]) + math.Abs(row(3)[j]))
	}
	// The bias cancels in the difference and takes digits with it.
	size += math.Abs(p.Bias) / floats.Norm(p.Weight, 2)
	if math.Abs(along-p.NaturalScale) > 1e-13*size {
		t.Fatalf("natural scale %v, want %v", p.NaturalScale, along)
	}
	for _, u := range append([][]float64{p.Direction}, p.Random...) {
		if norm := floats.Norm(u, 2); math.Abs(norm-1) > 1e-14 {
			t.Fatalf("norm %v of a direction, want 1", norm)
		}
	}
	if floats.Dot(p.Direction, p.Weight) <= 0 {
		t.Fatal("the direction points away from label 1")
	}
}

// What is written as safetensors is read again, and a file with a byte of its data
// changed is refused.
func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "probes.safetensors")
	rapid.Check(t, func(t *rapid.T) {
		s := drawSet(t)
		var b bytes.Buffer
		if err := s.Write(&b, path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		again, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, s) {
			t.Fatalf("found %+v, want %+v", again, s)
		}
		data := b.Bytes()
		at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
		data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if again, err := decode(data); err == nil && !reflect.DeepEqual(again, s) {
			t.Fatalf("byte %d changed: found %+v, want an error", at, again)
		}
	})
}

// The arrays of an npz give the margin: (x - mean_) / scale_ · coef_ + intercept_.
func TestNPZ(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSet(t)
		var b, again bytes.Buffer
		if err := s.Write(&b, "a.npz"); err != nil {
			t.Fatal(err)
		}
		s.Write(&again, "b.NPZ")
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatal("two files of one set differ")
		}
		arrays := npzArrays(t, b.Bytes())
		k, d := len(s.Probes), len(s.Probes[0].Weight)
		if got := arrays["classes_"]; got.header != "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }" || !bytes.Equal(got.data, binary.LittleEndian.AppendUint64(make([]byte, 8), 1)) {
			t.Fatalf("classes_: found %+v", got)
		}
		if want := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,10,%d,), }", k, d); arrays["random"].header != want {
			t.Fatalf("random: found header %s, want %s", arrays["random"].header, want)
		}
		coef, intercept, mean, scale := arrays["coef_"].floats(), arrays["intercept_"].floats(), arrays["mean_"].floats(), arrays["scale_"].floats()
		x := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), d, d).Draw(t, "x")
		for i := range s.Probes {
			margin := make([]float64, 1)
			s.Probes[i].Margins(margin, x)
			got, size := intercept[i], math.Abs(intercept[i])
			for j := range x {
				term := (x[j] - mean[i*d+j]) / scale[i*d+j] * coef[i*d+j]
				got, size = got+term, size+math.Abs(term)
			}
			if math.Abs(got-margin[0]) > 1e-13*size {
				t.Fatalf("margin %v, want %v", got, margin[0])
			}
		}
	})
}

type npyArray struct {
	header string
	data   []byte
}

func (a npyArray) floats() []float64 {
	var x []float64
	for v := range slices.Chunk(a.data, 8) {
		x = append(x, math.Float64frombits(binary.LittleEndian.Uint64(v)))
	}
	return x
}

func npzArrays(t *rapid.T, data []byte) map[string]npyArray {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	arrays := map[string]npyArray{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		n := 10 + int(binary.LittleEndian.Uint16(b.Bytes()[8:]))
		if n%64 != 0 {
			t.Fatalf("%s: data begins at %d, want a multiple of 64", f.Name, n)
		}
		arrays[strings.TrimSuffix(f.Name, ".npy")] = npyArray{strings.TrimRight(string(b.Bytes()[10:n]), " \n"), b.Bytes()[n:]}
	}
	return arrays
}

// repeng 0.4 wrote the file; testdata/probes/prove.py made it.
func TestGGUFIsThatOfRepeng(t *testing.T) {
	want, err := os.ReadFile("../../testdata/probes/repeng.gguf")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err = encodeGGUF(&b, "llama", []ggufDirection{{2, []float32{0.5, -1.25, 3}}, {7, []float32{1, 2, 3}}}, "")
	if err != nil || !bytes.Equal(b.Bytes(), want) {
		t.Errorf("error %v, found\n%q\nwant\n%q", err, b.Bytes(), want)
	}
}

func TestGGUFRefuses(t *testing.T) {
	of := func(kind string, block, position int) Probe {
		p := Probe{Kind: kind, Layer: block + 1, Position: position, Block: block, Weight: []float64{3, 4}, Mean: []float64{0, 0}, Scale: []float64{1, 1}}
		if err := p.Complete([]float64{-5, 5}, []int{0, 1}, 1); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, test := range []struct {
		want   string
		probes []Probe
	}{
		{"expected probes of one kind at one position", []Probe{of("a", 1, 0), of("b", 2, 0)}},
		{"expected probes of one kind at one position", []Probe{of("a", 1, 0), of("a", 1, 1)}},
		{"found a second probe at block 1", []Probe{of("a", 1, 0), of("a", 1, 0)}},
		{"found no layer that is the output of block 1 or later", []Probe{of("a", NoBlock, 0), of("a", 0, 0)}},
		{"found no probe to write", nil},
		{"found 2 numbers, expected 1", []Probe{{Weight: []float64{1}, Mean: []float64{1, 2}}}},
	} {
		s := &Set{Probes: test.probes}
		if err := s.Write(&bytes.Buffer{}, "v.gguf"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	var b bytes.Buffer
	s := &Set{Probes: []Probe{of("a", 0, 0), of("a", 1, 0)}}
	if err := s.Write(&b, "v.gguf"); err != nil {
		t.Fatal(err)
	}
	// Weight (3, 4) is (0.6, 0.8) times the natural scale, (5 - -5) / 5.
	if want := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, math.Float32bits(1.2)), math.Float32bits(1.6)); !bytes.Contains(b.Bytes(), want) || bytes.Contains(b.Bytes(), []byte("direction.0")) {
		t.Errorf("found %q, want a direction at block 1 alone, at its natural scale", b.Bytes())
	}
}

func TestNoDirection(t *testing.T) {
	p := Probe{Kind: "logistic", Weight: []float64{0, 0}}
	if err := p.Complete([]float64{1, 1}, []int{0, 1}, 1); err == nil || !strings.Contains(err.Error(), "found weights of norm 0, expected a direction") {
		t.Error(err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"../../testdata/probes/repeng.gguf": "repeng.gguf: ",
		"nowhere":                           "no such file",
	} {
		if _, err := ReadFile(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if err := CheckName("probes.pt"); err == nil || !strings.Contains(err.Error(), `found extension ".pt", expected .npz, .safetensors or .gguf`) {
		t.Error(err)
	}
}

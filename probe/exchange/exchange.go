// Package exchange writes trained probes as files that other programs read: npz with
// scikit-learn's names, safetensors, and the GGUF control vectors of repeng and
// llama.cpp. It reads the safetensors back and applies probes to rows.
package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"tell/estimate"
)

// Schema names the form of a set of probes and its metadata.
const Schema = "tell/probes/1"

// The kinds of probe beside the one that a study trains.
const (
	// MassMean points from the mean of label 0 to that of label 1, in the units
	// of the states.
	MassMean = "mass-mean"
	// CorrectedMean is that difference times the inverse of the shrunk
	// covariance within the labels: linear discriminant analysis with the
	// shrinkage of Ledoit and Wolf.
	CorrectedMean = "covariance-corrected-mean"
)

// Controls is how many random directions go with every probe.
const Controls = 10

// NoBlock is the block of a layer that is the embedding output.
const NoBlock = -1

// Probe is a linear probe for a binary target at one site.
type Probe struct {
	Kind         string `json:"kind"`
	Layer        int    `json:"layer"` // of the dump
	LayerName    string `json:"layer_name"`
	Position     int    `json:"position"` // of the study
	PositionName string `json:"position_name"`
	// Block is the block of the model whose output the layer is, counted from
	// 0, or NoBlock.
	Block int     `json:"block"`
	Hook  string  `json:"hook_point"`
	C     float64 `json:"C"`
	// Status says why the solver stopped.
	Status string `json:"status"`

	// The margin of a row is Weight·x + Bias; Mean and Scale standardised the
	// columns in training.
	Weight      []float64 `json:"-"`
	Bias        float64   `json:"-"`
	Mean, Scale []float64 `json:"-"`

	// Direction is Weight at unit norm. NaturalScale is how far apart the means
	// of the two labels are along it.
	Direction    []float64 `json:"-"`
	NaturalScale float64   `json:"natural_scale"`
	// Random are directions of unit norm drawn at random.
	Random [][]float64 `json:"-"`
}

// Set is probes that go to other programs together.
type Set struct {
	Metadata
	Probes []Probe
}

// Metadata is what a reader must know of a set. Texts are for people.
type Metadata struct {
	Format string `json:"format"`
	Tell   string `json:"tell"`
	Study  string `json:"study"`
	Run    string `json:"run"`
	Model  string `json:"model,omitempty"`
	Target string `json:"target"`
	// Levels names label 0 and label 1.
	Levels []string `json:"levels"`
	Rows   int      `json:"trained_on_rows"`

	Scored    string `json:"scored"`
	Operation string `json:"operation"`
	Sign      string `json:"sign"`
	Scale     string `json:"natural_scale"`
	Hook      string `json:"hook_point"`
	LayerMap  string `json:"layer_map"`
	Controls  string `json:"random_directions"`
	Seed      uint64 `json:"seed"`

	// LeftOut are sites that have no probe, and why.
	LeftOut []string `json:"left_out,omitempty"`
	Listed  []Probe  `json:"probes"`
}

// randomStream keeps these random numbers apart from those of other purposes under
// one seed.
const randomStream = 0x636f6e74726f6c // "control"

// Complete fills in what follows from the weights and the margins of the training
// rows: the direction, its natural scale and the random directions. It is an error
// where the weights have no direction.
func (p *Probe) Complete(margin []float64, label []int, seed uint64) error {
	norm := floats.Norm(p.Weight, 2)
	if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return fmt.Errorf("%s: found weights of norm %v, expected a direction", p, norm)
	}
	p.Direction = slices.Clone(p.Weight)
	floats.Scale(1/norm, p.Direction)
	var sum, n [2]float64
	for i, y := range label {
		sum[y] += margin[i]
		n[y]++
	}
	p.NaturalScale = (sum[1]/n[1] - sum[0]/n[0]) / norm
	p.Random = nil
	for k := range Controls {
		rng := rand.New(estimate.Source(seed^randomStream, uint64(p.Layer)<<32|uint64(p.Position)<<8|uint64(k)))
		u := make([]float64, len(p.Weight))
		for j := range u {
			u[j] = rng.NormFloat64()
		}
		floats.Scale(1/floats.Norm(u, 2), u)
		p.Random = append(p.Random, u)
	}
	return nil
}

func (p *Probe) String() string {
	return fmt.Sprintf("%s, layer %d, position %d", p.Kind, p.Layer, p.Position)
}

// Margins are Weight·x + Bias of rows that are laid out one after the other.
func (p *Probe) Margins(dst, rows []float64) {
	d := len(p.Weight)
	w := blas64.Vector{N: d, Inc: 1, Data: p.Weight}
	for i := range dst {
		dst[i] = p.Bias + blas64.Dot(w, blas64.Vector{N: d, Inc: 1, Data: rows[i*d : (i+1)*d]})
	}
}

// Score is P(label = 1) of a margin.
func Score(margin float64) float64 { return 1 / (1 + math.Exp(-margin)) }

// text is the metadata as JSON.
func (s *Set) text() (string, error) {
	m := s.Metadata
	m.Format, m.Listed = Schema, s.Probes
	text, err := json.Marshal(m)
	return string(text), err
}

// check refuses what no file can hold.
func (s *Set) check() error {
	if len(s.Probes) == 0 {
		return fmt.Errorf("found no probe to write")
	}
	d := len(s.Probes[0].Weight)
	for i := range s.Probes {
		p := &s.Probes[i]
		for _, v := range append([][]float64{p.Weight, p.Mean, p.Scale, p.Direction}, p.Random...) {
			if len(v) != d || d == 0 {
				return fmt.Errorf("%s: found %d numbers, expected %d, as of the first probe", p, len(v), d)
			}
		}
		if len(p.Random) != Controls {
			return fmt.Errorf("%s: found %d random directions, expected %d", p, len(p.Random), Controls)
		}
	}
	return nil
}

// formats are the forms of files by their extension.
var formats = map[string]func(*Set, io.Writer) error{
	".npz":         (*Set).writeNPZ,
	".safetensors": (*Set).writeSafetensors,
	".gguf":        (*Set).writeGGUF,
}

// CheckName refuses a file whose extension names no form.
func CheckName(path string) error {
	if formats[strings.ToLower(filepath.Ext(path))] == nil {
		return fmt.Errorf("%s: found extension %q, expected .npz, .safetensors or .gguf", path, filepath.Ext(path))
	}
	return nil
}

// Write writes the set in the form that the extension of path names.
func (s *Set) Write(w io.Writer, path string) error {
	if err := CheckName(path); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	return formats[strings.ToLower(filepath.Ext(path))](s, w)
}

// gather lays one array of every probe out one after the other.
func gather(probes []Probe, of func(*Probe) []float64) []float64 {
	var x []float64
	for i := range probes {
		x = append(x, of(&probes[i])...)
	}
	return x
}

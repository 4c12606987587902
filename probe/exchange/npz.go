package exchange

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// array is a member of an npz file.
type array struct {
	name, descr string
	shape       []int
	data        []byte
}

func float64s(name string, shape []int, x []float64) array {
	a := array{name: name, descr: "<f8", shape: shape}
	for _, v := range x {
		a.data = binary.LittleEndian.AppendUint64(a.data, math.Float64bits(v))
	}
	return a
}

func int64s(name string, x []int) array {
	a := array{name: name, descr: "<i8", shape: []int{len(x)}}
	for _, v := range x {
		a.data = binary.LittleEndian.AppendUint64(a.data, uint64(v))
	}
	return a
}

// texts are strings of NumPy, which needs no pickle to read them.
func texts(name string, shape []int, x []string) array {
	most := 1
	for _, s := range x {
		most = max(most, utf8.RuneCountInString(s))
	}
	a := array{name: name, descr: fmt.Sprintf("<U%d", most), shape: shape}
	for _, s := range x {
		runes := []rune(s)
		for i := range most {
			r := rune(0)
			if i < len(runes) {
				r = runes[i]
			}
			a.data = binary.LittleEndian.AppendUint32(a.data, uint32(r))
		}
	}
	return a
}

// writeNPZ stacks the probes along the first axis of every array.
func (s *Set) writeNPZ(w io.Writer) error {
	metadata, err := s.text()
	if err != nil {
		return err
	}
	k, d := len(s.Probes), len(s.Probes[0].Weight)
	var kind, name []string
	var layer, position, block []int
	var intercept, scale []float64
	for i := range s.Probes {
		p := &s.Probes[i]
		kind, name = append(kind, p.Kind), append(name, p.LayerName)
		layer, position, block = append(layer, p.Layer), append(position, p.Position), append(block, p.Block)
		scale = append(scale, p.NaturalScale)
		b := p.Bias // of standardised columns
		for j, m := range p.Mean {
			b += p.Weight[j] * m
		}
		intercept = append(intercept, b)
	}
	coef := gather(s.Probes, func(p *Probe) []float64 {
		c := slices.Clone(p.Weight)
		for j, v := range p.Scale {
			c[j] *= v
		}
		return c
	})
	rows := []int{k, d}
	z := zip.NewWriter(w)
	for _, a := range []array{
		float64s("coef_", rows, coef),
		float64s("intercept_", []int{k}, intercept),
		float64s("mean_", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Mean })),
		float64s("scale_", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Scale })),
		{name: "classes_", descr: "<i8", shape: []int{2}, data: []byte{8: 1, 15: 0}},
		texts("kind", []int{k}, kind), int64s("layer", layer), texts("layer_name", []int{k}, name),
		int64s("block", block), int64s("position", position),
		float64s("direction", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Direction })),
		float64s("natural_scale", []int{k}, scale),
		float64s("random", []int{k, Controls, d}, gather(s.Probes, func(p *Probe) []float64 { return slices.Concat(p.Random...) })),
		texts("level_names", []int{len(s.Levels)}, s.Levels),
		texts("metadata", nil, []string{metadata}),
	} {
		member, err := z.CreateHeader(&zip.FileHeader{Name: a.name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = member.Write(append(a.header(), a.data...))
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// header is that of an npy file of version 1.
func (a *array) header() []byte {
	var shape strings.Builder
	for _, n := range a.shape {
		fmt.Fprintf(&shape, "%d,", n)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", a.descr, shape.String())
	const before = 10
	text += strings.Repeat(" ", 63-(before+len(text))%64) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text))), text...)
}

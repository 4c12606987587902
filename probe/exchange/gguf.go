package exchange

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// The architecture of a control vector, as repeng writes it and llama.cpp reads it.
const controlVector = "controlvector"

// A direction of a control vector belongs to a block, counted from 0, at whose
// output it is added. llama.cpp takes none at block 0.
type ggufDirection struct {
	block  int
	vector []float32
}

// writeGGUF writes a direction for every layer at its natural scale, so that a
// coefficient of 1 moves a row from the mean of label 0 to that of label 1. Layers
// that a control vector has no place for, the embedding output and block 0, are left
// out.
func (s *Set) writeGGUF(w io.Writer) error {
	metadata, err := s.text()
	if err != nil {
		return err
	}
	var directions []ggufDirection
	for i := range s.Probes {
		p := &s.Probes[i]
		if p.Kind != s.Probes[0].Kind || p.Position != s.Probes[0].Position {
			return fmt.Errorf("found %s beside %s, expected probes of one kind at one position: a control vector has one direction for each layer", p, &s.Probes[0])
		}
		if p.Block < 1 {
			continue
		}
		if slices.ContainsFunc(directions, func(d ggufDirection) bool { return d.block == p.Block }) {
			return fmt.Errorf("%s: found a second probe at block %d, expected one", p, p.Block)
		}
		v := make([]float32, len(p.Direction))
		for j, x := range p.Direction {
			v[j] = float32(x * p.NaturalScale)
		}
		directions = append(directions, ggufDirection{p.Block, v})
	}
	if len(directions) == 0 {
		return fmt.Errorf("found no layer that is the output of block 1 or later, expected one: llama.cpp adds control vectors to these alone")
	}
	model := s.Model
	if model == "" {
		model = "unknown"
	}
	return encodeGGUF(w, model, directions, metadata)
}

// encodeGGUF lays the file out as GGUFWriter of the package gguf does: version 3,
// keys in the order in which they were added, data aligned to 32 bytes. Metadata is
// a key that repeng and llama.cpp pass over; empty leaves it out.
func encodeGGUF(w io.Writer, model string, directions []ggufDirection, metadata string) error {
	const align, typeUint32, typeString, typeF32 = 32, 4, 8, 0
	b := []byte("GGUF")
	u32 := func(v int) { b = binary.LittleEndian.AppendUint32(b, uint32(v)) }
	u64 := func(v int) { b = binary.LittleEndian.AppendUint64(b, uint64(v)) }
	text := func(s string) { u64(len(s)); b = append(b, s...) }
	pad := func() {
		for len(b)%align != 0 {
			b = append(b, 0)
		}
	}
	keys := 3
	if metadata != "" {
		keys++
	}
	u32(3)
	u64(len(directions))
	u64(keys)
	text("general.architecture")
	u32(typeString)
	text(controlVector)
	text(controlVector + ".model_hint")
	u32(typeString)
	text(model)
	text(controlVector + ".layer_count")
	u32(typeUint32)
	u32(len(directions))
	if metadata != "" {
		text("tell.probes")
		u32(typeString)
		text(metadata)
	}
	offset := 0
	for _, d := range directions {
		text(fmt.Sprintf("direction.%d", d.block))
		u32(1)
		u64(len(d.vector))
		u32(typeF32)
		u64(offset)
		offset += (4*len(d.vector) + align - 1) / align * align
	}
	pad()
	for _, d := range directions {
		for _, x := range d.vector {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		pad()
	}
	_, err := w.Write(b)
	return err
}

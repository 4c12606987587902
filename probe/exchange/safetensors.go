package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"tell/internal/safetensors"
)

// metadataKey is where the metadata of a safetensors file has that of a set.
const metadataKey = "tell"

func (s *Set) writeSafetensors(w io.Writer) error {
	metadata, err := s.text()
	if err != nil {
		return err
	}
	k, d := len(s.Probes), len(s.Probes[0].Weight)
	var bias, scale []float64
	var layer, position []int64
	for i := range s.Probes {
		p := &s.Probes[i]
		bias, scale = append(bias, p.Bias), append(scale, p.NaturalScale)
		layer, position = append(layer, int64(p.Layer)), append(position, int64(p.Position))
	}
	rows := []int{k, d}
	tensors := []safetensors.Tensor{
		safetensors.Float64("weight", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Weight })),
		safetensors.Float64("bias", []int{k}, bias),
		safetensors.Int64("layer", []int{k}, layer),
		safetensors.Int64("position", []int{k}, position),
		safetensors.Float64("mean", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Mean })),
		safetensors.Float64("scale", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Scale })),
		safetensors.Float64("direction", rows, gather(s.Probes, func(p *Probe) []float64 { return p.Direction })),
		safetensors.Float64("natural_scale", []int{k}, scale),
		safetensors.Float64("random", []int{k, Controls, d}, gather(s.Probes, func(p *Probe) []float64 { return slices.Concat(p.Random...) })),
	}
	return safetensors.Write(w, tensors, safetensors.Seal(tensors, map[string]string{"format": Schema, metadataKey: metadata}))
}

// ReadFile reads a set that was written as safetensors. A file that is damaged or
// holds something else is an error that says what was found and what was expected.
func ReadFile(path string) (*Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func decode(data []byte) (*Set, error) {
	tensors, metadata, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	if metadata["format"] != Schema || metadata[safetensors.Checksum] == "" {
		return nil, fmt.Errorf("found format %q, expected %q, probes with their checksum", metadata["format"], Schema)
	}
	s := &Set{}
	if err := json.Unmarshal([]byte(metadata[metadataKey]), &s.Metadata); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	s.Probes, s.Listed = s.Listed, nil
	k := len(s.Probes)
	if len(s.Levels) != 2 || k == 0 {
		return nil, fmt.Errorf("metadata: found %d names of labels and %d probes, expected 2 names and at least one probe", len(s.Levels), k)
	}
	arrays := map[string][]float64{}
	d := 0
	for _, t := range tensors {
		if t.DType != "F64" {
			continue // layer and position are in the metadata too
		}
		x, err := t.Float64s()
		if err != nil {
			return nil, err
		}
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("tensor %q: found %v at %d, expected a finite number", t.Name, v, i)
			}
		}
		if arrays[t.Name] = x; t.Name == "weight" {
			d = len(x) / k
		}
	}
	if d == 0 {
		return nil, fmt.Errorf("tensor \"weight\": found %d numbers, expected some for each of %d probes", len(arrays["weight"]), k)
	}
	part := func(name string, i, width int) []float64 {
		x := arrays[name]
		if len(x) != k*width {
			if err == nil {
				err = fmt.Errorf("tensor %q: found %d numbers, expected %d of each of %d probes", name, len(x), width, k)
			}
			return make([]float64, width)
		}
		return x[i*width : (i+1)*width]
	}
	for i := range s.Probes {
		p := &s.Probes[i]
		p.Weight, p.Mean, p.Scale, p.Direction = part("weight", i, d), part("mean", i, d), part("scale", i, d), part("direction", i, d)
		p.Bias, p.NaturalScale = part("bias", i, 1)[0], part("natural_scale", i, 1)[0]
		for u := range slices.Chunk(part("random", i, Controls*d), d) {
			p.Random = append(p.Random, u)
		}
	}
	return s, err
}

package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"tell/internal/safetensors"
	"tell/target"
)

// fileSchema names the form of a probe's file.
const fileSchema = "tell/probe/1"

// Write writes the probe in the safetensors format: arrays weight, bias, mean,
// scale and, of ordered levels, cuts in float64, everything else as metadata, with
// a checksum over all of it. A probe whose fields do not fit together is an error.
func (p *Probe) Write(w io.Writer) error {
	if err := p.check(); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	d := len(p.Mean)
	shape, bias := []int{d}, []float64{p.Intercept}
	if k := len(p.Intercepts); k > 0 {
		shape, bias = []int{k, d}, p.Intercepts
	}
	tensors := []safetensors.Tensor{
		safetensors.Float64("weight", shape, p.Weights),
		safetensors.Float64("bias", []int{len(bias)}, bias),
		safetensors.Float64("mean", []int{d}, p.Mean),
		safetensors.Float64("scale", []int{d}, p.Scale),
	}
	if len(p.Cuts) > 0 {
		tensors = append(tensors, safetensors.Float64("cuts", []int{len(p.Cuts)}, p.Cuts))
	}
	levels, err := json.Marshal(p.Levels)
	if err != nil {
		return err
	}
	metadata := map[string]string{
		"format": fileSchema,
		"family": p.Family,
		"C":      strconv.FormatFloat(p.C, 'g', -1, 64),
		"levels": string(levels),
		"status": p.Status,
	}
	if p.Kind != "" && p.Kind != target.KindBinary {
		metadata["target"] = string(p.Kind)
	}
	if p.Site != nil {
		site, err := json.Marshal(p.Site)
		if err != nil {
			return err
		}
		metadata["site"] = string(site)
	}
	return safetensors.Write(w, tensors, safetensors.Seal(tensors, metadata))
}

// WriteFile writes the probe to a file; see [Probe.Write].
func (p *Probe) WriteFile(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = p.Write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(path)
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// ReadFile reads a probe that was written by [Probe.Write]. A file that is
// damaged or holds something else is an error that names the file, what was found
// and what was expected.
func ReadFile(path string) (*Probe, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func decode(data []byte) (*Probe, error) {
	tensors, metadata, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	if metadata["format"] != fileSchema || metadata[safetensors.Checksum] == "" {
		return nil, fmt.Errorf("found format %q, expected %q, a probe with its checksum", metadata["format"], fileSchema)
	}
	p := &Probe{Family: metadata["family"], Status: metadata["status"]}
	arrays := map[string]*[]float64{"weight": &p.Weights, "bias": new([]float64), "mean": &p.Mean, "scale": &p.Scale, "cuts": &p.Cuts}
	for _, t := range tensors {
		to, known := arrays[t.Name]
		if !known {
			return nil, fmt.Errorf("found array %q, expected weight, bias, mean, scale and cuts", t.Name)
		}
		if *to, err = t.Float64s(); err != nil {
			return nil, err
		}
	}
	if p.Kind = target.Kind(metadata["target"]); p.Kind == "" {
		p.Kind = target.KindBinary
	}
	switch bias := *arrays["bias"]; {
	case p.Kind == target.KindClass:
		p.Intercepts = bias
	case len(bias) != 1:
		return nil, fmt.Errorf("bias: found %d numbers, expected 1", len(bias))
	default:
		p.Intercept = bias[0]
	}
	if p.C, err = strconv.ParseFloat(metadata["C"], 64); err != nil {
		return nil, fmt.Errorf("penalty C: found %q, expected a number", metadata["C"])
	}
	if err := json.Unmarshal([]byte(metadata["levels"]), &p.Levels); err != nil {
		return nil, fmt.Errorf("levels: %w", err)
	}
	if site, ok := metadata["site"]; ok {
		if err := json.Unmarshal([]byte(site), &p.Site); err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
	}
	return p, p.check()
}

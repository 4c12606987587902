package activations

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"tell/activations/internal/input"
	"tell/activations/positions"
	"tell/activations/table"
)

var lmprobeManifestHead = regexp.MustCompile(`^\{\s*"version"\s*:\s*\d+\s*,\s*"model_name"\s*:`)

// isLMProbeExtraction matches the manifest of what lmprobe's extract and
// consolidate_cache write: beside it there is for every layer a folder with a
// safetensors file a batch of prompts, which holds activations of prompts x tokens
// x width and the mask of the tokens that count.
func isLMProbeExtraction(head []byte) bool { return lmprobeManifestHead.Match(head) }

// lmprobeManifest finds the manifest of an extraction in a directory.
func lmprobeManifest(dir string) ([]string, error) {
	path := input.Join(dir, "manifest.json")
	f, err := input.Open(path)
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	if head, err := f.Head(headSize); err != nil || !isLMProbeExtraction(head) {
		return nil, nil
	}
	return []string{path}, nil
}

// lmprobeBatch is the prompts of one file of every layer.
type lmprobeBatch struct {
	File   string
	Start  int `json:"prompt_start"`
	End    int `json:"prompt_end"`
	Status string

	shape []int // of the activations
}

// extraction is what the manifest says.
type extraction struct {
	Version  int
	Model    any `json:"model_name"`
	Layers   []int
	Dim      int `json:"hidden_dim"`
	Prompts  []json.RawMessage
	Labels   []json.RawMessage
	Metadata []json.RawMessage
	Batches  []lmprobeBatch
}

func openLMProbeExtraction(f *input.File, spec Spec) (source, error) {
	if spec.Axes != nil {
		return nil, f.Errorf("axes", -1, fmt.Sprint(spec.Axes), "none: the manifest of lmprobe says what is stored")
	}
	m, err := readExtraction(f)
	if err != nil {
		return nil, err
	}
	s := &lmprobeSource{index: f, root: input.Dir(f.Path)}
	s.columns = func() (*Examples, error) { return m.examples(f) }
	if err := s.readExtraction(m, spec); err != nil {
		return nil, errors.Join(err, s.closeShards())
	}
	s.size.origin = origin{model: textOf(m.Model), embedding: noEmbedding}
	return s, nil
}

func lmprobeExtractionExamples(f *input.File, _ []string) (*Examples, error) {
	m, err := readExtraction(f)
	if err != nil {
		return nil, err
	}
	return m.examples(f)
}

func readExtraction(f *input.File) (*extraction, error) {
	var m extraction
	if err := input.ReadJSON(f, &m); err != nil {
		return nil, err
	}
	if err := m.check(f); err != nil {
		return nil, err
	}
	return &m, nil
}

// readExtraction finds the layers, and the tokens of every prompt.
func (s *lmprobeSource) readExtraction(m *extraction, spec Spec) error {
	s.batch = m.Batches
	s.hidden = lmprobeHidden{Layers: m.Layers, Dim: m.Dim, File: "layer_{layer:03d}", Name: "layer_{layer:03d}", Key: "activations",
		Shards: make([]json.RawMessage, len(m.Batches))}
	if len(m.Layers) == 0 {
		return s.index.Errorf("layers", -1, "none", "some")
	}
	if err := s.checkHidden("manifest"); err != nil {
		return err
	}
	s.need = make([]int, len(m.Batches))
	if err := s.findLayers(spec); err != nil {
		return err
	}
	for shard := range m.Batches {
		if err := s.readBatchMask(shard, spec); err != nil {
			return err
		}
	}
	if err := s.measureShards(); err != nil {
		return err
	}
	return s.measure(spec)
}

// check leaves out what was not finished and puts the batches in the order of
// their prompts.
func (m *extraction) check(f *input.File) error {
	const known = 1
	if m.Version != known {
		return f.Errorf("version", -1, fmt.Sprint(m.Version), "%d", known)
	}
	m.Batches = slices.DeleteFunc(m.Batches, func(b lmprobeBatch) bool { return b.Status != "" && b.Status != "complete" })
	slices.SortStableFunc(m.Batches, func(a, b lmprobeBatch) int { return cmp.Compare(a.Start, b.Start) })
	last := 0
	for _, b := range m.Batches {
		if b.Start < last || b.End <= b.Start || b.End > len(m.Prompts) {
			return f.Errorf("batches", -1, fmt.Sprintf("prompts %d to %d after prompt %d", b.Start, b.End, last), "batches of %d prompts that do not overlap", len(m.Prompts))
		}
		last = b.End
	}
	for _, list := range [][]json.RawMessage{m.Labels, m.Metadata} {
		if list != nil && len(list) != len(m.Prompts) {
			return f.Errorf("labels and metadata", -1, fmt.Sprint(len(list)), "%d, one for every prompt", len(m.Prompts))
		}
	}
	return nil
}

// readBatchMask takes the tokens of the prompts of a batch from the mask in the
// file of its first layer.
func (s *lmprobeSource) readBatchMask(shard int, spec Spec) error {
	b := &s.batch[shard]
	path, err := s.path(s.layers[0], shard)
	if err != nil {
		return err
	}
	f, err := input.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	tensors, err := readSafetensors(f, spec)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tensors, func(t *tensor) bool { return t.name == "mask" })
	if i < 0 {
		return f.Errorf("tensors", -1, "no mask", `"mask" beside "activations"`)
	}
	mask, err := tensors[i].mask(false)
	if err != nil {
		return err
	}
	shape := tensors[i].stored.shape
	if shape[0] != b.End-b.Start {
		return f.Errorf(tensors[i].stored.part, -1, fmt.Sprintf("%d prompts", shape[0]), "%d, as the manifest says", b.End-b.Start)
	}
	b.shape = []int{shape[0], shape[1], s.hidden.Dim}
	for i := range shape[0] {
		spans, _, ok := positions.ParseMask(mask.String(i))
		if !ok || len(spans) == 0 {
			return f.Errorf(fmt.Sprintf("%s, row %d", tensors[i].stored.part, i), -1, fmt.Sprintf("%.40q", mask.String(i)), "a mask with a token that counts")
		}
		s.tokens = append(s.tokens, positions.CountSpans(spans))
		for _, span := range spans {
			if err := s.addPiece(len(s.tokens)-1, lmprobePiece{shard, i*shape[1] + span.From, span.To - span.From}); err != nil {
				return err
			}
		}
	}
	return nil
}

// examples makes a table of the prompts, labels and metadata: the columns text
// and label, as in a dataset of lmprobe, and one for every key.
func (m *extraction) examples(f *input.File) (*Examples, error) {
	var lines, line bytes.Buffer
	for _, b := range m.Batches {
		for i := b.Start; i < b.End; i++ {
			line.Reset()
			fmt.Fprintf(&line, `{"text":%s`, m.Prompts[i])
			if m.Labels != nil {
				fmt.Fprintf(&line, `,"label":%s`, m.Labels[i])
			}
			if m.Metadata != nil && string(m.Metadata[i]) != "null" {
				more := bytes.TrimSpace(m.Metadata[i])
				if more[0] != '{' {
					return nil, f.Errorf(fmt.Sprintf("metadata, prompt %d", i), -1, fmt.Sprintf("%.40q", more), "an object")
				}
				if more = bytes.TrimSpace(more[1 : len(more)-1]); len(more) > 0 {
					fmt.Fprintf(&line, `,%s`, more)
				}
			}
			line.WriteByte('}')
			if err := json.Compact(&lines, line.Bytes()); err != nil {
				return nil, f.Errorf(fmt.Sprintf("prompt %d", i), -1, err.Error(), "JSON")
			}
			lines.WriteByte('\n')
		}
	}
	e, err := table.ReadJSONL(f.Path, bufio.NewReader(&lines))
	if err != nil {
		return nil, err
	}
	return e.WithoutLines(), nil
}

package study

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"tell/internal/kernel"
	"tell/probe"
)

// Version is the version of tell.
const Version = "0.1.0"

// provenance records what made the numbers: every input by its hash, the
// versions, the seed, and what the terms mean.
func (r *run) provenance(ctx context.Context) error {
	const stage = "hashes"
	p := &r.result.Provenance
	p.Tell, p.Go, p.Seed = Version, runtime.Version(), r.Seed
	p.Platform, p.Instructions = runtime.GOOS+"/"+runtime.GOARCH, kernel.Instructions()
	var err error
	if p.Study, err = r.hash(ctx, r.Path); err != nil {
		return err
	}
	var paths []string
	for _, f := range r.dump.Files() {
		paths = append(paths, f.Path)
	}
	masks, err := r.dump.MaskFiles()
	if err != nil {
		return err
	}
	paths = append(paths, masks...)
	if path := r.ExamplesPath(); path != "" {
		paths = append(paths, path)
	}
	for i, path := range paths {
		r.progress(stage, i, len(paths))
		f, err := r.hash(ctx, path)
		if err != nil {
			return err
		}
		p.Files = append(p.Files, f)
	}
	r.progress(stage, len(paths), len(paths))
	for m := range (probe.Metrics{}).All() {
		p.Definitions = append(p.Definitions, Definition{Term: m.Title, Text: m.Definition})
	}
	p.Definitions = append(p.Definitions, definitions...)
	return nil
}

// definitions are the terms of a report beside the metrics and the gap's own.
var definitions = []Definition{
	{"Layer", "0 is the embedding output, 1 and up the outputs of the blocks as the exporter stored them"},
	{"Out of fold", "a row is scored by a probe that saw neither the row nor its group, in training, in standardisation, or in the choice of C, layer and position"},
	{"Nested choice", "every outer fold takes the layer, position and C with the smallest mean log loss over inner folds of its own training rows"},
	{"Curve", "every layer by itself, its C chosen inside; reading the best point off the curve would choose on the test rows"},
	{"Cluster bootstrap", "whole groups are drawn with replacement; all statistics share the draws, so that differences are paired"},
	{"Interval", "expanded BCa: bias-corrected and accelerated quantiles of the bootstrap draws (Efron 1987), the acceleration from a jackknife over groups, the tails expanded for the number of groups (Hesterberg 2015)"},
	{"p, p over all layers", "share of label permutations, by group, whose AUROC at a fixed C reaches the observed one, the observed labels counted among them, so that none is below 1/(permutations + 1); corrected over layers and positions by the maximum of each permutation"},
}

// hash describes one input by the path that the study gives for it.
func (r *run) hash(ctx context.Context, path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &cancellable{ctx, f})
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	name := filepath.Base(path)
	if rel, err := filepath.Rel(filepath.Dir(r.Path), path); err == nil && filepath.IsLocal(rel) {
		name = filepath.ToSlash(rel)
	}
	return File{Path: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

// cancellable is a reader that stops with its context.
type cancellable struct {
	ctx context.Context
	io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

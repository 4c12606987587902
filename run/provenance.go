package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"tell/internal/kernel"
	"tell/result"
)

// hashInputs identifies the study and every file that it reads.
func (p *plan) hashInputs(ctx context.Context) (err error) {
	const stage = "hashes"
	// The text that was read counts, whatever the file has become since.
	p.studyFile = result.Input{
		Path: filepath.Base(p.Path), Size: int64(len(p.Source)), SHA256: fmt.Sprintf("%x", sha256.Sum256(p.Source)),
	}
	var paths []string
	for _, f := range p.dump.Files() {
		paths = append(paths, f.Path)
	}
	masks, err := p.dump.MaskFiles()
	if err != nil {
		return err
	}
	paths = append(paths, masks...)
	if path := p.ExamplesPath(); path != "" {
		paths = append(paths, path)
	}
	for _, name := range slices.Sorted(maps.Keys(p.dumps)) {
		for _, f := range p.dumps[name].opened.Files() {
			paths = append(paths, f.Path)
		}
	}
	for i, path := range paths {
		p.progress(stage, i, len(paths))
		f, err := p.hashFile(ctx, path)
		if err != nil {
			return err
		}
		p.inputs = append(p.inputs, f)
	}
	p.progress(stage, len(paths), len(paths))
	return nil
}

// provenance records what made the numbers: every input by its hash, the
// versions, the seed, and what the terms mean.
func (m *merging) provenance() {
	m.result.Definitions = result.Definitions()
	m.result.Provenance = result.Provenance{
		Tell: Version, Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Instructions: kernel.Instructions(),
		Command: "tell run " + filepath.Base(m.Path),
		Study:   m.studyFile, Text: string(m.Source), Files: m.inputs,
		Plan: m.hash, Seed: m.Seed,
	}
}

// hashFile describes one input by the path that the study gives for it.
func (p *plan) hashFile(ctx context.Context, path string) (result.Input, error) {
	f, err := os.Open(path)
	if err != nil {
		return result.Input{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &cancellable{ctx, f})
	if err != nil {
		return result.Input{}, fmt.Errorf("%s: %w", path, err)
	}
	name := filepath.Base(path)
	if rel, err := filepath.Rel(filepath.Dir(p.Path), path); err == nil && filepath.IsLocal(rel) {
		name = filepath.ToSlash(rel)
	}
	return result.Input{Path: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
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

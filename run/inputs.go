package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tell/activations"
	"tell/result"
)

// note notes how the files of a dump are, and those beside it that are read
// whole before any training: its mask and its examples.
func (p *plan) note(d *activations.Dump, examples string) error {
	add := func(f inputFile) {
		if !slices.ContainsFunc(p.read, func(g inputFile) bool { return g.Path == f.Path }) {
			p.read = append(p.read, f)
		}
	}
	files := d.Files()
	p.read = slices.Grow(p.read, len(files)+2)
	for _, f := range files {
		p.read = append(p.read, inputFile{File: f, states: true})
	}
	before, err := d.MaskFiles()
	if err != nil {
		return err
	}
	if examples != "" {
		before = append(before, examples)
	}
	for _, path := range before {
		if f, err := activations.Stat(path); err == nil { // else the reader says it better
			add(inputFile{File: f})
		}
	}
	return nil
}

// hashInputs identifies the study and every file that it reads.
func (p *plan) hashInputs(ctx context.Context) (err error) {
	const stage = "hashes"
	// The text that was read counts, whatever the file has become since.
	p.studyFile = result.Input{
		Path: filepath.Base(p.Path), Size: int64(len(p.Source)), SHA256: fmt.Sprintf("%x", sha256.Sum256(p.Source)),
	}
	var shared *hashes
	if p.sharing {
		if shared, err = openHashes(ctx, p.Parts); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, shared.close()) }()
	}
	p.inputs = make([]result.Input, 0, len(p.read))
	block := make([]byte, hashBlock)
	for i := range p.read {
		p.progress(stage, i, len(p.read))
		f := &p.read[i]
		if f.ETag != "" {
			if err := p.same(f); err != nil {
				return err
			}
			p.inputs = append(p.inputs, result.Input{Path: f.Path, Size: f.Size, ETag: f.ETag})
			continue
		}
		f.hash, err = shared.of(f.File, func() (string, error) { return hashUnchanged(ctx, f.File, block) })
		if err != nil {
			return err
		}
		p.inputs = append(p.inputs, result.Input{Path: p.inputPath(f.Path), Size: f.Size, SHA256: f.hash})
	}
	p.progress(stage, len(p.read), len(p.read))
	return nil
}

// inputFile is a file that a plan reads. Files of states are read while cells
// are trained.
type inputFile struct {
	activations.File
	states bool
	hash   string
}

// unchanged reports files of states that are not what they were when they were
// opened. One that was only touched is as it was.
func (p *plan) unchanged(ctx context.Context) error {
	p.readMu.Lock()
	defer p.readMu.Unlock()
	for i := range p.read {
		f := &p.read[i]
		if !f.states || f.ETag != "" { // an object is compared in every read
			continue
		}
		info, err := os.Stat(f.Path)
		if err != nil {
			return fmt.Errorf("%s: gone while it was read: %w", f.Path, err)
		}
		if info.Size() == f.Size && info.ModTime().Equal(f.Modified) {
			continue
		}
		now := activations.File{Path: f.Path, Size: info.Size(), Modified: info.ModTime()}
		hash, err := hashUnchanged(ctx, now, make([]byte, hashBlock))
		if err != nil {
			return err
		}
		if hash != f.hash {
			return changed(f.File, now)
		}
		f.Modified = now.Modified
	}
	return nil
}

// same refuses an object that was read as a whole and is no longer what it was
// before. One of states is compared in every read.
func (p *plan) same(f *inputFile) error {
	if f.states {
		return nil
	}
	now, err := activations.Stat(f.Path)
	if err == nil && now.ETag != f.ETag {
		err = fmt.Errorf("%s: changed while it was read: found ETag %s, expected %s; run again when nothing writes to it", activations.Printable(f.Path), now.ETag, f.ETag)
	}
	return err
}

// hashBlock is how much of a file is read at a time.
const hashBlock = 64 << 10

// hashUnchanged hashes a file, which must be as it was from beginning to end. It
// reads into block.
func hashUnchanged(ctx context.Context, was activations.File, block []byte) (string, error) {
	f, err := os.Open(was.Path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.CopyBuffer(h, &cancellable{ctx, f}, block); err != nil {
		return "", fmt.Errorf("%s: %w", was.Path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	now := activations.File{Path: was.Path, Size: info.Size(), Modified: info.ModTime()}
	if now.Size != was.Size || !now.Modified.Equal(was.Modified) {
		return "", changed(was, now)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func changed(was, now activations.File) error {
	at := func(f activations.File) string {
		return fmt.Sprintf("%d bytes written at %s", f.Size, f.Modified.UTC().Format(time.RFC3339Nano))
	}
	return fmt.Errorf("%s: changed while it was read: found %s, expected %s as when it was opened; run again when nothing writes to it",
		activations.Printable(was.Path), at(now), at(was))
}

// inputPath is the path that the study gives for an input.
func (p *plan) inputPath(path string) string {
	if rel, err := filepath.Rel(filepath.Dir(p.Path), path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
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

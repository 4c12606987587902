package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"tell/internal/atomicfile"
)

// store keeps the parts of a plan.
type store interface {
	// has reports whether a part that fits the plan is there.
	has(Cell) bool
	put(*part) error
	get(Cell) (*part, error)
	// complete reports parts that are missing or do not fit.
	complete([]Cell) error
	// removeOthers removes the parts of all other cells, and what a run that
	// was killed left half written.
	removeOthers([]Cell) error
}

func newStore(p *plan) store {
	if p.Parts == "" {
		return &memory{parts: map[Cell]*part{}}
	}
	return &folder{dir: p.Parts, plan: p}
}

// memory is a store that ends with the process.
type memory struct {
	mu    sync.Mutex
	parts map[Cell]*part
}

func (m *memory) has(Cell) bool { return false }

func (m *memory) put(p *part) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parts[p.Cell] = p
	return nil
}

func (m *memory) get(c Cell) (*part, error) { return m.parts[c], nil }

func (m *memory) complete([]Cell) error { return nil }

func (m *memory) removeOthers([]Cell) error { return nil }

// folder is a store of files.
type folder struct {
	dir  string
	plan *plan          // that parts must be of
	read map[Cell]*part // by complete, for get
}

// extension is that of a part's file.
const extension = ".safetensors"

func (f *folder) path(c Cell) string { return filepath.Join(f.dir, c.Name()+extension) }

func (f *folder) has(c Cell) bool {
	_, err := f.load(c)
	return err == nil
}

func (f *folder) get(c Cell) (*part, error) {
	if p, ok := f.read[c]; ok {
		return p, nil
	}
	return f.load(c)
}

func (f *folder) load(c Cell) (*part, error) {
	path := f.path(c)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := decodePart(data, c, f.plan.origin())
	if err == nil {
		err = p.fits(f.plan)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.plan.nameProbes(p)
	return p, nil
}

func (f *folder) put(p *part) error {
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	return atomicfile.Write(f.path(p.Cell), func(w io.Writer) error { return encodePart(w, p, f.plan.origin()) })
}

func (f *folder) complete(cells []Cell) error {
	var missing []string
	f.read = map[Cell]*part{}
	for _, c := range cells {
		p, err := f.load(c)
		f.read[c] = p
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, c.Name())
		case err != nil:
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	first := strings.Join(missing[:min(len(missing), 5)], ", ")
	if more := len(missing) - 5; more > 0 {
		first += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("%s: %d of %d parts are missing: %s; make them with tell fit STUDY --part i/n", f.dir, len(missing), len(cells), first)
}

func (f *folder) removeOthers(cells []Cell) error {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, isPart := strings.CutSuffix(e.Name(), extension)
		half := strings.HasPrefix(name, ".")
		if half || isPart && !slices.ContainsFunc(cells, func(c Cell) bool { return c.Name() == name }) {
			err = errors.Join(err, os.Remove(filepath.Join(f.dir, e.Name())))
		}
	}
	return err
}

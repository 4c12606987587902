package activations

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tell/activations/internal/input"
	"tell/activations/internal/zarr"
)

// isZarr matches the metadata of an array or a group of zarr; the numbers are in the
// files of its chunks.
func isZarr(f *input.File, head []byte, _ Spec) bool {
	return zarr.IsMetadata(filepath.Base(f.Path), head)
}

// zarrMetadata finds the metadata of zarr in a directory.
func zarrMetadata(dir string) ([]string, error) {
	if path := zarr.Of(dir); path != "" {
		return []string{path}, nil
	}
	return nil, nil
}

// openZarr opens an array, or a group whose arrays are as the members of an npz file.
// Chunks are unpacked once they are asked for.
func openZarr(f *input.File, spec Spec) (source, error) {
	arrays, err := zarr.Open(f)
	if err != nil {
		return nil, err
	}
	var tensors []*tensor
	for _, a := range arrays {
		tensors = append(tensors, zarrTensor(f, a, spec))
	}
	s, err := newTensorSource(f, spec, tensors)
	if err != nil {
		return nil, err
	}
	for i, a := range arrays {
		if !tensors[i].picked {
			continue
		}
		for _, chunk := range a.Files {
			if chunk.Path != f.Path {
				s.size.files = append(s.size.files, describe(&chunk))
			}
		}
		if a.Missing > 0 {
			s.size.notes = append(s.size.notes, fmt.Sprintf("%s: %d of %d chunks were never written; every number in them is the fill value, %s",
				filepath.Dir(a.Files[0].Path), a.Missing, a.Chunks, a.Fill))
		}
	}
	if err := checkSites(f.Path, s.size.shape, append(s.size.files, describe(f))); err != nil {
		return nil, err
	}
	return s, nil
}

func zarrTensor(f *input.File, a *zarr.Array, spec Spec) *tensor {
	part := fmt.Sprintf("array %q", a.Name)
	t := &tensor{name: a.Name, source: f, stored: storage{part: part, shape: a.Shape}, refusal: a.Err}
	if a.Err != nil {
		return t
	}
	meta := a.Files[0]
	meta.Size = a.Stored // which bounds what is unpacked
	t.source, t.size = &meta, a.Size
	t.scatter = func(w io.WriterAt) error {
		if _, err := f.Head(1); err != nil { // closed
			return err
		}
		return a.Unpack(w)
	}
	t.unpack = func(w io.Writer) error {
		if limit := input.UnpackLimit(a.Stored); a.Size > limit {
			return t.source.Errorf(part, -1, fmt.Sprintf("%d bytes once unpacked", a.Size), "at most %d in memory for a store of %d", limit, a.Stored)
		}
		b := make(unordered, a.Size)
		if err := a.Unpack(b); err != nil {
			return err
		}
		_, err := w.Write(b)
		return err
	}
	h := &npyHeader{descr: a.Descr, shape: a.Shape}
	t.stored, t.refusal = h.storage(t.source, part, spec)
	t.describe(h)
	if strings.HasPrefix(t.code, "bfloat") {
		t.code = "bf"
	}
	return t
}

// unordered takes numbers in any order.
type unordered []byte

func (m unordered) WriteAt(b []byte, offset int64) (int, error) { return copy(m[offset:], b), nil }

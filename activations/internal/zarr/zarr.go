// Package zarr reads arrays of zarr, versions 2 and 3, kept as folders. It is written
// here because the modules for Go that read both are first versions that nobody
// stands on yet (November 2026), and damaged stores must not end the process.
package zarr

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// The files that say what is in a folder: an array or group of version 3, and an
// array and a group of version 2.
const (
	Metadata  = "zarr.json"
	metadata2 = ".zarray"
	group2    = ".zgroup"
)

const (
	maxChunks = 1 << 20
	maxArrays = 1 << 12
	maxDepth  = 8
	maxRank   = 32
)

// Array is an array of a store. None of its chunks is read before Unpack.
type Array struct {
	Name  string // in its group, or of the folder of an array that is in none
	Shape []int
	Descr string // the type as NumPy writes it, such as <f2
	Size  int64  // bytes of all numbers
	Err   error  // why it is not read, where others of its group may be
	// Files are the metadata and the chunks that are there, closed.
	Files   []input.File
	Stored  int64 // bytes of Files
	Missing int   // chunks that were never written
	Chunks  int
	Fill    string // what stands for the numbers of those

	layout
	meta *input.File
	dir  string
	at   []string // the path of every chunk in C order of the grid, empty where it is missing
}

// Of finds the metadata in a folder, or is empty.
func Of(dir string) string {
	for _, name := range []string{Metadata, metadata2, group2} {
		path := input.Join(dir, name)
		if _, err := input.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// IsMetadata reports whether a file of that name and beginning says what is in a
// folder.
func IsMetadata(name string, head []byte) bool {
	return (name == Metadata || name == metadata2 || name == group2) && len(head) > 0 && head[0] == '{'
}

// Open reads the metadata f of an array, or of a group and all arrays in it.
func Open(f *input.File) ([]*Array, error) {
	arrays, err := open(f, "", 0)
	if err == nil && len(arrays) == 0 {
		return nil, f.Errorf("", -1, "a group of zarr without arrays", "arrays in it, of which one or a family holds the states")
	}
	return arrays, err
}

func open(f *input.File, name string, depth int) ([]*Array, error) {
	var m metadata
	if err := input.ReadJSON(f, &m); err != nil {
		return nil, err
	}
	dir := input.Dir(f.Path)
	if m.NodeType != "group" && !strings.HasSuffix(f.Path, group2) {
		a, err := m.array(f)
		if err == nil {
			a.dir, a.meta = dir, f
			err = a.find()
		}
		if _, ok := errors.AsType[*input.FormatError](err); ok && depth > 0 {
			return []*Array{{Name: name, Shape: m.Shape, Err: err}}, nil
		}
		if err != nil {
			return nil, err
		}
		if a.Name = name; depth == 0 {
			a.Name = filepath.Base(dir)
		}
		return []*Array{a}, nil
	}
	if depth == maxDepth {
		return nil, f.Errorf("", -1, "groups in each other", "at most %d", maxDepth)
	}
	children, err := inside(dir)
	if err != nil {
		return nil, err
	}
	var all []*Array
	for _, child := range children {
		arrays, err := openChild(child, strings.TrimPrefix(name+"/"+path.Base(filepath.ToSlash(input.Dir(child))), "/"), depth+1)
		if err != nil {
			return nil, err
		}
		if all = append(all, arrays...); len(all) > maxArrays {
			return nil, f.Errorf("", -1, "more arrays", "at most %d", maxArrays)
		}
	}
	return all, nil
}

// inside finds the metadata of the folders of a folder.
func inside(dir string) ([]string, error) {
	var found []string
	if input.IsRemote(dir) {
		for _, name := range []string{Metadata, metadata2, group2} {
			matches, err := input.Glob(input.Join(dir, "*/"+name))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			found = append(found, matches...)
		}
		slices.Sort(found)
		return found, nil
	}
	names, err := input.List(dir)
	if err != nil {
		return nil, input.Plainly(err)
	}
	slices.Sort(names)
	for _, path := range names {
		if is, err := input.Stat(path); err == nil && is.Folder {
			if child := Of(path); child != "" {
				found = append(found, child)
			}
		}
	}
	return found, nil
}

func openChild(path, name string, depth int) ([]*Array, error) {
	f, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	arrays, err := open(f, name, depth)
	return arrays, errors.Join(err, f.Close())
}

// find looks for every chunk.
func (a *Array) find() error {
	a.Files = []input.File{*a.meta}
	a.Stored = a.meta.Size
	grid := a.grid()
	a.Chunks = 1
	for _, n := range grid {
		if a.Chunks *= n; a.Chunks > maxChunks {
			return a.meta.Errorf("chunks", -1, fmt.Sprintf("%v for shape %v", a.chunk, a.Shape), "at most %d chunks; write larger ones", maxChunks)
		}
	}
	a.at = make([]string, a.Chunks)
	i := 0
	err := each(grid, func(at []int) error {
		path := input.Join(a.dir, a.key(at))
		is, err := input.Stat(path)
		switch {
		case err == nil && is.Regular:
			a.at[i] = path
			a.Files = append(a.Files, input.File{Path: path, Size: is.Size, Modified: is.Modified, ETag: is.ETag})
			a.Stored += is.Size
		case err == nil:
			return a.meta.Errorf("chunks", -1, a.key(at)+", which is not a file", "a file")
		case errors.Is(err, os.ErrNotExist):
			a.Missing++
		default:
			return input.Plainly(err)
		}
		i++
		return nil
	})
	if err != nil {
		return err
	}
	if limit := input.UnpackLimit(a.Stored); a.chunkBytes() > limit {
		return a.meta.Errorf("chunks", -1, fmt.Sprintf("%v, %d bytes in each", a.chunk, a.chunkBytes()), "at most %d for a store of %d bytes", limit, a.Stored)
	}
	if limit := input.SpoolLimit(a.Stored); a.Size > limit {
		return a.meta.Errorf("shape", -1, fmt.Sprintf("%v, %d bytes", a.Shape, a.Size), "at most %d bytes for a store of %d", limit, a.Stored)
	}
	return nil
}

// grid is the number of chunks along every axis.
func (a *Array) grid() []int {
	grid := make([]int, len(a.Shape))
	for i, n := range a.Shape {
		grid[i] = (n + a.chunk[i] - 1) / a.chunk[i]
	}
	return grid
}

// each calls f with every index of a box, in C order.
func each(box []int, f func(at []int) error) error {
	if slices.Contains(box, 0) {
		return nil
	}
	at := make([]int, len(box))
	for {
		if err := f(at); err != nil {
			return err
		}
		i := len(box) - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < box[i] {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

// Unpack writes the numbers in C order, Size bytes in all. What is not written is
// zero.
func (a *Array) Unpack(w io.WriterAt) error {
	d, err := newDecoder(a.chunkBytes())
	if err != nil {
		return err
	}
	defer d.close()
	i := 0
	zero := !slices.ContainsFunc(a.fill, func(b byte) bool { return b != 0 })
	return each(a.grid(), func(at []int) error {
		path := a.at[i]
		i++
		var numbers []byte
		switch {
		case path != "":
			var err error
			if numbers, err = a.read(d, path); err != nil {
				return err
			}
		case zero:
			return nil
		default:
			numbers = make([]byte, 0, a.chunkBytes())
			for int64(len(numbers)) < a.chunkBytes() {
				numbers = append(numbers, a.fill...)
			}
		}
		return a.place(w, at, numbers)
	})
}

// read decodes a chunk, whose numbers are then in C order.
func (a *Array) read(d *decoder, path string) ([]byte, error) {
	f, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, f.Size)
	if err := f.ReadAt(b, 0, "chunk"); err != nil {
		return nil, err
	}
	for _, c := range slices.Backward(a.codecs) {
		b, err = c.decode(d, b)
		if unread, ok := errors.AsType[unreadError](err); ok {
			return nil, f.Errorf("chunk", -1, string(unread), "%s%s", bloscRead, instead)
		}
		if err != nil {
			return nil, f.Errorf("chunk", -1, input.InWords(err)+" in "+c.name, "%d bytes once unpacked: the file is damaged", a.chunkBytes())
		}
	}
	if int64(len(b)) != a.chunkBytes() {
		return nil, f.Errorf("chunk", -1, fmt.Sprintf("%d bytes of numbers", len(b)), "%d for a chunk of %v", a.chunkBytes(), a.chunk)
	}
	return a.ordered(b), nil
}

// ordered puts a chunk whose axes are stored in another order in that of C.
func (a *Array) ordered(b []byte) []byte {
	if slices.IsSorted(a.order) {
		return b
	}
	strides := make([]int, len(a.chunk))
	next := a.item
	for _, axis := range slices.Backward(a.order) {
		strides[axis] = next
		next *= a.chunk[axis]
	}
	out := make([]byte, 0, len(b))
	_ = each(a.chunk, func(at []int) error {
		from := 0
		for i, n := range at {
			from += n * strides[i]
		}
		out = append(out, b[from:from+a.item]...)
		return nil
	})
	return out
}

// place writes what of a chunk lies in the array, in runs that lie together in both.
func (a *Array) place(w io.WriterAt, at []int, numbers []byte) error {
	rank := len(a.Shape)
	extent, box := make([]int, rank), make([]int, rank)
	for i := range extent {
		extent[i] = min(a.chunk[i], a.Shape[i]-at[i]*a.chunk[i])
	}
	copy(box, extent)
	run := a.item
	for i := rank - 1; i >= 0; i-- {
		run *= extent[i]
		box[i] = 1
		if extent[i] != a.Shape[i] || extent[i] != a.chunk[i] {
			break
		}
	}
	return each(box, func(within []int) error {
		from, to := int64(0), int64(0)
		for i := range rank {
			from = from*int64(a.chunk[i]) + int64(within[i])
			to = to*int64(a.Shape[i]) + int64(at[i]*a.chunk[i]+within[i])
		}
		from *= int64(a.item)
		_, err := w.WriteAt(numbers[from:from+int64(run)], to*int64(a.item))
		return err
	})
}

// key is the name of a chunk in the folder of the array.
func (l *layout) key(at []int) string {
	parts := make([]string, len(at))
	for i, n := range at {
		parts[i] = strconv.Itoa(n)
	}
	name := strings.Join(parts, l.separator)
	switch {
	case l.prefix == "":
		if name == "" {
			return "0"
		}
		return name
	case name == "":
		return l.prefix
	}
	return l.prefix + l.separator + name
}

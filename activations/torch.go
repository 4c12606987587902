package activations

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"tell/activations/internal/input"
	"tell/internal/pickle"
)

// torchPickle is the member that says what the tensors of an archive are. The
// numbers are in members of their own, one a storage, never compressed.
const torchPickle = "data.pkl"

// isTorch matches the zip archives of torch.save, whose first member is the
// pickle, in a folder named after the file.
func isTorch(head []byte) bool {
	const fixed = 30 // bytes before the name of a member
	if len(head) < fixed || !bytes.HasPrefix(head, []byte(zipMagic)) {
		return false
	}
	name := head[fixed:]
	name = name[:min(len(name), int(binary.LittleEndian.Uint16(head[26:])))]
	folder, ok := bytes.CutSuffix(name, []byte(torchPickle))
	return ok && (len(folder) == 0 || bytes.HasSuffix(folder, []byte("/")))
}

// openTorch opens what torch.save wrote: a tensor, or lists, tuples and
// dictionaries of tensors, which nestOf reads as rows and layers. Where it has no
// reading, one tensor of several named alike is a layer, or a row where the axes
// name layers but no rows. Numbers are read where they lie, once they are asked for.
func openTorch(f *input.File, spec Spec) (source, error) {
	a, err := readTorchArchive(f)
	if err != nil {
		return nil, err
	}
	root, err := a.unpickle()
	if err != nil {
		return nil, err
	}
	found, err := nameTorch(f, root, a.pickle.size)
	if err != nil {
		return nil, err
	}
	tensors := make([]*tensor, len(found.tensors))
	for i, t := range found.tensors {
		tensors[i] = t.place(a, found.names[i], spec.DType)
	}
	s := &torchSource{tensorSource: &tensorSource{file: f, all: tensors}, lists: found.lists}
	nested, err := nestOf(found, tensors, spec)
	if err != nil {
		return nil, err
	}
	if nested != nil {
		return s, s.openNest(nested, spec)
	}
	rows, err := rowsOf(s.tensorSource, spec)
	switch {
	case err != nil:
	case rows != nil:
		cells := make([][]*tensor, len(rows))
		for i := range rows {
			cells[i] = rows[i : i+1]
		}
		err = s.openRows(spec, cells)
	default:
		s.tensorSource, err = newTensorSource(f, spec, tensors)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// torchSource is a file of torch.save, with a tensor for all rows or for each.
type torchSource struct {
	*tensorSource
	rows  [][]*array  // of every row the tensor, or one for each layer; or nil
	lists []namedList // of text and numbers, beside the tensors

	nested bool // the rows are read by nestOf
}

// torchArchive is the zip archive that torch.save writes.
type torchArchive struct {
	*input.File
	pickle    torchRecord
	storages  map[string]torchRecord // by their keys
	bigEndian bool
}

// torchRecord is where the bytes of a member lie.
type torchRecord struct {
	name   string
	offset int64
	size   int64
}

// readTorchArchive finds the members. Each must lie plain in the file, apart
// from the others.
func readTorchArchive(f *input.File) (*torchArchive, error) {
	archive, err := zip.NewReader(f.R, f.Size)
	if err != nil {
		return nil, f.Errorf("zip directory", -1, err.Error(), "the directory of a zip archive: the file may be cut short")
	}
	folder, err := torchFolder(f, archive)
	if err != nil {
		return nil, err
	}
	a := &torchArchive{File: f, storages: map[string]torchRecord{}}
	var records []torchRecord
	for _, member := range archive.File {
		name, ok := strings.CutPrefix(member.Name, folder)
		key, isStorage := strings.CutPrefix(name, "data/")
		if !ok || !isStorage && name != torchPickle && name != "byteorder" {
			continue
		}
		r, err := torchMember(f, member)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
		switch _, twice := a.storages[key]; {
		case isStorage && twice:
			return nil, f.Errorf(r.name, r.offset, "two members of that name", "one")
		case isStorage:
			a.storages[key] = r
		case name == torchPickle:
			a.pickle = r
		default:
			if a.bigEndian, err = torchByteOrder(f, r); err != nil {
				return nil, err
			}
		}
	}
	return a, apart(f, records)
}

// torchFolder is the prefix of the names of all members.
func torchFolder(f *input.File, archive *zip.Reader) (string, error) {
	var folders []string
	for _, member := range archive.File {
		if folder, ok := strings.CutSuffix(member.Name, torchPickle); ok && (folder == "" || strings.HasSuffix(folder, "/")) {
			folders = append(folders, folder)
		}
	}
	if len(folders) != 1 {
		return "", f.Errorf("zip directory", -1, fmt.Sprintf("%d members named %s", len(folders), torchPickle), "one")
	}
	return folders[0], nil
}

func torchMember(f *input.File, m *zip.File) (torchRecord, error) {
	const encrypted = 1
	r := torchRecord{name: fmt.Sprintf("member %q", m.Name)}
	at, err := m.DataOffset()
	switch {
	case err != nil:
		return r, f.Errorf(r.name, -1, err.Error(), "a member of a zip archive")
	case m.Method != zip.Store || m.Flags&encrypted != 0:
		return r, f.Errorf(r.name, at, "a compressed or encrypted member", "bytes as torch.save stores them")
	case m.CompressedSize64 != m.UncompressedSize64 || m.UncompressedSize64 > uint64(f.Size-min(at, f.Size)):
		return r, f.Errorf(r.name, at, fmt.Sprintf("%d bytes, stored as %d", m.UncompressedSize64, m.CompressedSize64),
			"as many, inside the file of %d", f.Size)
	}
	r.offset, r.size = at, int64(m.UncompressedSize64)
	return r, nil
}

func torchByteOrder(f *input.File, r torchRecord) (bigEndian bool, err error) {
	b := make([]byte, min(r.size, 16))
	if err := f.ReadAt(b, r.offset, r.name); err != nil {
		return false, err
	}
	if order := string(b); order != "little" && order != "big" {
		return false, f.Errorf(r.name, r.offset, fmt.Sprintf("%q", order), "little or big")
	}
	return string(b) == "big", nil
}

// apart checks that no byte is in two members.
func apart(f *input.File, records []torchRecord) error {
	slices.SortFunc(records, func(a, b torchRecord) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.size, b.size))
	})
	for i := 1; i < len(records); i++ {
		if before, r := records[i-1], records[i]; before.offset+before.size > r.offset {
			return f.Errorf(r.name, r.offset, "bytes that are also in "+before.name, "every byte in one member")
		}
	}
	return nil
}

// unpickle decodes the pickle. Its errors say where in the file they are.
func (a *torchArchive) unpickle() (any, error) {
	if a.pickle.size > input.MaxMetadata {
		return nil, a.Errorf(a.pickle.name, a.pickle.offset, fmt.Sprintf("%d bytes", a.pickle.size), "at most %d", input.MaxMetadata)
	}
	b := make([]byte, a.pickle.size)
	if err := a.ReadAt(b, a.pickle.offset, a.pickle.name); err != nil {
		return nil, err
	}
	d := pickle.Decoder{Globals: torchGlobals, Persistent: a.storage,
		Expected: "nothing but tensors, lists, tuples, dictionaries, numbers and text; for an object, save its contents, such as dict(cache)"}
	root, err := d.Decode(b)
	if bad, ok := err.(*pickle.Error); ok {
		return nil, a.Errorf(a.pickle.name, a.pickle.offset+int64(bad.Offset), bad.Found, "%s", bad.Expected)
	}
	return root, err
}

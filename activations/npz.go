package activations

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"tell/activations/internal/input"
	"tell/activations/internal/zarr"
)

const zipMagic = "PK\x03\x04"

// hasArrays reports whether f ends with the directory of a zip archive of npy
// files. Other bytes may come before the archive.
func hasArrays(f *input.File, _ []byte, _ Spec) bool {
	const tail = 22 + 1<<16 // the end of the directory, with the longest comment
	b := make([]byte, min(f.Size, tail))
	if f.ReadAt(b, f.Size-int64(len(b)), "") != nil || !bytes.Contains(b, []byte("PK\x05\x06")) {
		return false
	}
	archive, err := zip.NewReader(f.R, f.Size)
	return err == nil && slices.ContainsFunc(archive.File, func(m *zip.File) bool { return strings.HasSuffix(m.Name, ".npy") })
}

// openNPZ opens a zip archive of npy files. Stored members are read where they
// lie; deflated ones are unpacked once they are asked for.
func openNPZ(f *input.File, spec Spec) (source, error) {
	tensors, err := npzTensors(f, spec)
	if err != nil {
		return nil, err
	}
	s, err := newTensorSource(f, spec, tensors)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func npzTensors(f *input.File, spec Spec) ([]*tensor, error) {
	archive, err := zip.NewReader(f.R, f.Size)
	if err != nil {
		return nil, f.Errorf("zip directory", -1, input.InWords(err), "the directory of a zip archive: the file may be cut short")
	}
	var tensors []*tensor
	seen := map[string]bool{}
	room := f.Size
	for _, member := range archive.File {
		if zarr.IsMetadata(member.Name, []byte("{")) {
			return nil, f.Errorf("", -1, "a zip store of zarr", "it as a directory; unzip it: unzip FILE.zip -d FILE.zarr")
		}
		name, isArray := strings.CutSuffix(member.Name, ".npy")
		if strings.HasSuffix(member.Name, "/data.pkl") || member.Name == "data.pkl" {
			return nil, refuseTorch(f)
		}
		if !isArray {
			continue
		}
		part := fmt.Sprintf("array %q", name)
		if seen[name] {
			return nil, f.Errorf(part, -1, "two members of that name", "one")
		}
		seen[name] = true
		if room -= int64(min(member.CompressedSize64, 1<<62)); room < 0 {
			return nil, f.Errorf(part, -1, "members that overlap", "every byte in one member")
		}
		t, err := npzMember(f, member, name, part, spec)
		if err != nil {
			t = &tensor{name: name, source: f, damage: err}
		}
		tensors = append(tensors, t)
	}
	if len(tensors) == 0 {
		var members []string
		for _, member := range archive.File[:min(len(archive.File), 9)] {
			members = append(members, member.Name)
		}
		return nil, f.Errorf("zip directory", -1, "no member that ends in .npy among "+quoteSome(members), "the arrays of an npz file")
	}
	return tensors, nil
}

func npzMember(f *input.File, m *zip.File, name, part string, spec Spec) (*tensor, error) {
	size, stored := int64(min(m.UncompressedSize64, 1<<62)), int64(min(m.CompressedSize64, 1<<62))
	t := &tensor{name: name, source: f, size: size}
	var head *input.File
	switch at, err := m.DataOffset(); {
	case err != nil:
		return nil, f.Errorf(part, -1, input.InWords(err), "a member of a zip archive")
	case m.Method == zip.Store:
		if size != stored || at > f.Size-size {
			return nil, f.Errorf(part, at, fmt.Sprintf("%d bytes, stored as %d", size, stored), "as many, inside the file of %d", f.Size)
		}
		t.numbers = &input.File{Path: f.Path, Size: size, R: io.NewSectionReader(f.R, at, size)}
		t.verify = sync.OnceValue(func() error { return inflate(f, m, part, io.Discard) })
		head = t.numbers
	default:
		t.unpack = func(w io.Writer) error { return inflate(f, m, part, w) }
		if head, err = npzHead(f, m, part); err != nil {
			return nil, err
		}
	}
	h, err := readNPYHeader(head)
	if err != nil {
		return nil, err
	}
	t.stored, t.refusal = h.storage(head, part, spec)
	if t.refusal == nil {
		if n, ok := t.stored.bytes(); !ok || h.end+n != size {
			return nil, f.Errorf(part, -1, fmt.Sprintf("%d bytes of numbers", size-h.end), "%s for shape %v", byteCount(n, ok), h.shape)
		}
	}
	t.stored.offset = h.end
	t.describe(h)
	return t, nil
}

// npzHead unpacks enough of a member for its header.
func npzHead(f *input.File, m *zip.File, part string) (*input.File, error) {
	const enough = 64 << 10
	var b limitedBuffer
	b.left = enough
	if err := inflate(f, m, part, &b); err != nil && b.left > 0 {
		return nil, err
	}
	return &input.File{Path: f.Path, Size: int64(min(m.UncompressedSize64, 1<<62)), R: strings.NewReader(b.text.String())}, nil
}

// limitedBuffer keeps the first bytes and then refuses more.
type limitedBuffer struct {
	text strings.Builder
	left int
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.text.Write(p[:n])
	if b.left -= n; b.left == 0 {
		return n, io.ErrShortWrite
	}
	return n, nil
}

// inflate unpacks a member, or reads one that is stored; the archive's checksum
// has to agree.
func inflate(f *input.File, m *zip.File, part string, w io.Writer) error {
	r, err := m.Open()
	if err != nil {
		return f.Errorf(part, -1, input.InWords(err), "a stored or deflated member")
	}
	defer r.Close()
	size := int64(min(m.UncompressedSize64, 1<<62))
	n, err := io.Copy(w, io.LimitReader(r, size+1))
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes once unpacked", n)
	}
	if errors.Is(err, zip.ErrChecksum) {
		return f.Errorf(part, -1, "bytes that do not agree with their checksum", "those that were written: the file is damaged")
	}
	if err != nil {
		return input.UnpackError(f, part, err, size)
	}
	return nil
}

package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// Write writes tensors in the order given, and metadata sorted by key. The same
// tensors and metadata give the same bytes. Where tensors of 8-byte types come
// first, all are aligned for programs that map the file.
//
// Data that does not fill its shape, an unknown type, a name that comes twice, is
// not UTF-8 or is __metadata__ are errors, and nothing is written then.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	for i := range tensors {
		if err := tensors[i].check(); err != nil {
			return err
		}
	}
	if err := WriteHeader(w, tensors, metadata); err != nil {
		return err
	}
	for i := range tensors {
		if _, err := w.Write(tensors[i].Data); err != nil {
			return err
		}
	}
	return nil
}

// WriteHeader writes what stands before the data, which has to follow: that of
// all tensors, in their order, as many bytes as their shapes ask for. The Data of
// the tensors is not looked at.
func WriteHeader(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header := bytes.NewBufferString("{")
	add := func(key string, value any) error {
		if header.Len() > 1 {
			header.WriteByte(',')
		}
		for i, part := range []any{key, value} {
			text, err := json.Marshal(part)
			if err != nil {
				return err
			}
			if i > 0 {
				header.WriteByte(':')
			}
			header.Write(text)
		}
		return nil
	}
	if len(metadata) > 0 {
		if err := checkMetadata(metadata); err != nil {
			return err
		}
		if err := add(metadataName, metadata); err != nil {
			return err
		}
	}
	end, seen := 0, map[string]bool{}
	for i := range tensors {
		t := &tensors[i]
		size, err := t.size()
		switch {
		case err != nil:
			return err
		case !utf8.ValidString(t.Name):
			return t.errorf("a name that is not UTF-8", "text")
		case t.Name == metadataName:
			return t.errorf("the name of the metadata", "another")
		case seen[t.Name]:
			return t.errorf("two of that name", "one")
		case size > math.MaxInt-end:
			return t.errorf("%d bytes after %d", "fewer than 2^63 in all", size, end)
		}
		seen[t.Name] = true
		entry := struct {
			DType   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{t.DType, append([]int{}, t.Shape...), [2]int{end, end + size}}
		if err := add(t.Name, entry); err != nil {
			return err
		}
		end += size
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}
	if header.Len() > maxHeader {
		return fmt.Errorf("header: found %d bytes, expected at most %d", header.Len(), maxHeader)
	}
	_, err := w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len())), header.Bytes()...))
	return err
}

func checkMetadata(metadata map[string]string) error {
	for key, value := range metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return fmt.Errorf("metadata %q: found bytes that are not UTF-8, expected text", shorten(key))
		}
	}
	return nil
}

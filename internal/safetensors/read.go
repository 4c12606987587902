package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Read returns the tensors of a whole file in the order of their data, and the
// metadata, nil where there is none. The Data of the tensors is part of data.
//
// Refused are files that are cut short or go on after the last tensor, tensors
// that overlap or leave gaps, sizes that are not those of shape and type, types
// that are not known, keys that come twice or are not known, and text that is not
// UTF-8. A file that Seal has marked is refused where it has changed since.
func Read(data []byte) ([]Tensor, map[string]string, error) {
	const prefix = 8
	if len(data) < prefix {
		return nil, nil, fmt.Errorf("header: found a file of %d bytes, expected at least %d", len(data), prefix)
	}
	length := binary.LittleEndian.Uint64(data)
	if most := min(len(data)-prefix, maxHeader); length > uint64(most) {
		return nil, nil, fmt.Errorf("header: found a length of %d bytes, expected at most %d", length, most)
	}
	header, body := data[prefix:prefix+length], data[prefix+length:]
	entries, metadata, err := readHeader(header)
	if err != nil {
		return nil, nil, err
	}
	tensors, err := place(entries, body)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSeal(tensors, metadata); err != nil {
		return nil, nil, err
	}
	return tensors, metadata, nil
}

// entry is what the header says about a tensor.
type entry struct {
	Tensor
	begin, end int
}

// place gives every tensor its data. Those must follow each other and fill body.
func place(entries []entry, body []byte) ([]Tensor, error) {
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var tensors []Tensor
	end := 0
	for _, e := range entries {
		t := e.Tensor
		size, err := t.size()
		switch {
		case err != nil:
			return nil, err
		case e.begin != end:
			return nil, t.errorf("data from byte %d", "%d, where the data before it ends", e.begin, end)
		case e.end < e.begin || e.end-e.begin != size:
			return nil, t.errorf("data from byte %d to %d", "%d bytes for shape %v of %s", e.begin, e.end, size, t.Shape, t.DType)
		case e.end > len(body):
			return nil, t.errorf("data up to byte %d", "at most the %d bytes that the file has", e.end, len(body))
		}
		t.Data = body[e.begin:e.end:e.end]
		tensors = append(tensors, t)
		end = e.end
	}
	if end != len(body) {
		return nil, fmt.Errorf("data: found %d bytes after the last tensor, expected the end of the file", len(body)-end)
	}
	return tensors, nil
}

// header reads JSON strictly. encoding/json alone takes the last of two equal
// keys, keys in another case and bytes that are not UTF-8.
type header struct {
	*json.Decoder
}

func readHeader(text []byte) (entries []entry, metadata map[string]string, err error) {
	switch {
	case !utf8.Valid(text):
		return nil, nil, errors.New("header: found bytes that are not UTF-8, expected JSON")
	case len(text) == 0 || text[0] != '{':
		return nil, nil, fmt.Errorf("header: found %.20q, expected a JSON object", text)
	case !json.Valid(text):
		return nil, nil, errors.New("header: found broken JSON, expected a JSON object")
	case len(bytes.TrimRight(text, " ")) != len(bytes.TrimSpace(text)):
		return nil, nil, errors.New("header: found white space at its end, expected spaces alone")
	}
	h := header{json.NewDecoder(bytes.NewReader(text))}
	h.UseNumber()
	err = h.object("header", func(name string) error {
		if name == metadataName {
			metadata, err = h.metadata()
			return err
		}
		e, err := h.entry(name)
		entries = append(entries, e)
		return err
	})
	return entries, metadata, err
}

// object hands every key of an object to value, which reads what stands there.
func (h header) object(part string, value func(key string) error) error {
	if err := h.delimiter(part, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for h.More() {
		token, err := h.Token()
		if err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		key, _ := token.(string)
		if seen[key] {
			return fmt.Errorf("%s: found key %q twice, expected it once", part, shorten(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return h.delimiter(part, '}')
}

func (h header) delimiter(part string, want json.Delim) error {
	token, err := h.Token()
	if err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	if token != want {
		return fmt.Errorf("%s: found %.20q, expected %q", part, fmt.Sprint(token), want.String())
	}
	return nil
}

func (h header) text(part string) (string, error) {
	token, err := h.Token()
	if err != nil {
		return "", fmt.Errorf("%s: %w", part, err)
	}
	text, ok := token.(string)
	if !ok {
		return "", fmt.Errorf("%s: found %.20q, expected text", part, fmt.Sprint(token))
	}
	return text, nil
}

func (h header) metadata() (map[string]string, error) {
	metadata := map[string]string{}
	err := h.object("metadata", func(key string) (err error) {
		metadata[key], err = h.text(fmt.Sprintf("metadata %q", shorten(key)))
		return err
	})
	return metadata, err
}

// entry reads the three keys of a tensor.
func (h header) entry(name string) (entry, error) {
	e := entry{Tensor: Tensor{Name: name}}
	part := fmt.Sprintf("tensor %q", shorten(name))
	keys := 0
	err := h.object(part, func(key string) (err error) {
		keys++
		within := part + ", " + key
		switch key {
		case "dtype":
			e.DType, err = h.text(within)
		case "shape":
			e.Shape, err = h.numbers(within, maxAxes)
		case "data_offsets":
			var offsets []int
			if offsets, err = h.numbers(within, 2); err == nil && len(offsets) != 2 {
				return fmt.Errorf("%s: found %v, expected two numbers", within, offsets)
			}
			if err == nil {
				e.begin, e.end = offsets[0], offsets[1]
			}
		default:
			return fmt.Errorf("%s: found key %q, expected dtype, shape and data_offsets", part, shorten(key))
		}
		return err
	})
	if err == nil && keys != 3 {
		err = fmt.Errorf("%s: found %d keys, expected dtype, shape and data_offsets", part, keys)
	}
	return e, err
}

// numbers reads a list of at most so many whole numbers.
func (h header) numbers(part string, most int) ([]int, error) {
	if err := h.delimiter(part, '['); err != nil {
		return nil, err
	}
	list := []int{}
	for h.More() {
		token, err := h.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part, err)
		}
		number, _ := token.(json.Number)
		n, err := strconv.Atoi(string(number))
		if err != nil || n < 0 || number[0] == '-' {
			return nil, fmt.Errorf("%s: found %.20q, expected whole numbers from 0 on", part, fmt.Sprint(token))
		}
		if len(list) == most {
			return nil, fmt.Errorf("%s: found more than %d numbers, expected at most so many", part, most)
		}
		list = append(list, n)
	}
	return list, h.delimiter(part, ']')
}

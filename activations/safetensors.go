package activations

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tell/activations/internal/input"
)

// maxSafetensorsHeader is the limit of the reference implementation.
const maxSafetensorsHeader = 100_000_000

func isSafetensors(head []byte) bool {
	return len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= maxSafetensorsHeader
}

func openSafetensors(f *input.File, spec Spec) (source, error) {
	tensors, err := readSafetensors(f, spec)
	if err != nil {
		return nil, err
	}
	request := isRequest(tensors)
	if request && spec.Axes == nil {
		spec.Axes = requestAxes
	}
	s, err := newTensorSource(f, spec, tensors)
	if err != nil {
		return nil, err
	}
	if request && !s.single {
		return requestTokens{s}, nil
	}
	return s, nil
}

// safetensorsEntry is what the header says about one tensor.
type safetensorsEntry struct {
	DType   string   `json:"dtype"`
	Shape   []int64  `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// readSafetensors reads the header and checks it to the letter: the tensors
// fill the rest of the file, one after the other.
func readSafetensors(f *input.File, spec Spec) ([]*tensor, error) {
	const part = "safetensors header"
	var b [8]byte
	if err := f.ReadAt(b[:], 0, part); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(b[:])
	if length > uint64(min(f.Size-8, maxSafetensorsHeader)) {
		return nil, f.Errorf(part, 0, fmt.Sprintf("a length of %d bytes", length), "at most %d", min(f.Size-8, maxSafetensorsHeader))
	}
	header := make([]byte, length)
	if err := f.ReadAt(header, 8, part); err != nil {
		return nil, err
	}
	names, entries, metadata, err := parseSafetensors(header)
	if err != nil {
		return nil, f.Errorf(part, 8, input.InWords(err), "a JSON object with dtype, shape and data_offsets of every tensor")
	}
	begin := 8 + int64(length)
	tensors := make([]*tensor, len(names))
	origin := originOf(func(key string) string { return metadata[key] })
	end := int64(0)
	for i, name := range names {
		if tensors[i], err = safetensor(f, name, entries[name], begin, spec.DType); err != nil {
			return nil, err
		}
		tensors[i].layers, tensors[i].origin = metadata[layersKey], origin
		if at := entries[name].Offsets; at[0] != end {
			return nil, f.Errorf(tensors[i].stored.part, 8, fmt.Sprintf("data_offsets %v", at), "to begin at %d, where the tensor before ends", end)
		}
		end = entries[name].Offsets[1]
	}
	if begin+end != f.Size {
		return nil, f.Errorf(part, 8, fmt.Sprintf("tensors up to byte %d", begin+end), "the end of the file at %d", f.Size)
	}
	return tensors, nil
}

// parseSafetensors returns the names of the tensors in the order of their data,
// what the header says about each, and the metadata.
func parseSafetensors(header []byte) ([]string, map[string]safetensorsEntry, map[string]string, error) {
	dec := json.NewDecoder(bytes.NewReader(header))
	entries := map[string]safetensorsEntry{}
	var metadata map[string]string
	var names []string
	switch {
	case !utf8.Valid(header) || replaced(header):
		return nil, nil, nil, errors.New("text that is not UTF-8")
	case len(header) == 0 || header[0] != '{':
		return nil, nil, nil, errors.New("no JSON object")
	}
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, nil, nil, errors.New("no JSON object")
	}
	described := false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, nil, nil, err
		}
		name := key.(string)
		if name == "__metadata__" {
			if described {
				return nil, nil, nil, errors.New("metadata twice")
			}
			described = true
			if err := dec.Decode(&metadata); err != nil {
				return nil, nil, nil, fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		entry, err := parseSafetensorsEntry(dec)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		if _, twice := entries[name]; twice {
			return nil, nil, nil, fmt.Errorf("tensor %q twice", name)
		}
		entries[name] = entry
		names = append(names, name)
	}
	if _, err := dec.Token(); err != nil {
		return nil, nil, nil, err
	}
	if rest := bytes.TrimRight(header[dec.InputOffset():], " "); len(rest) > 0 {
		return nil, nil, nil, fmt.Errorf("%.20q after the object", rest)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		x, y := entries[a].Offsets, entries[b].Offsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	return names, entries, metadata, nil
}

// parseSafetensorsEntry reads what the header says about one tensor. As in the
// reference implementation every key comes once, in lower case; keys that are
// not known say nothing. encoding/json takes keys in any case, and the last of
// those that are alike.
func parseSafetensorsEntry(dec *json.Decoder) (entry safetensorsEntry, err error) {
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return entry, errors.Join(errors.New("no JSON object"), err)
	}
	var offsets []int64
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return entry, err
		}
		key, _ := token.(string)
		var value any
		switch key {
		case "dtype":
			value = &entry.DType
		case "shape":
			value = &entry.Shape
		case "data_offsets":
			value = &offsets
		default:
			value = new(json.RawMessage)
		}
		if err := dec.Decode(value); err != nil {
			return entry, fmt.Errorf("%s: %w", key, err)
		}
		if seen[key] {
			return entry, fmt.Errorf("key %q twice", key)
		}
		seen[key] = true
	}
	if _, err := dec.Token(); err != nil {
		return entry, err
	}
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if !seen[key] {
			return entry, fmt.Errorf("no key %q", key)
		}
	}
	if len(offsets) != 2 || entry.Shape == nil {
		return entry, fmt.Errorf("data_offsets %s and shape %s", input.Shorten(fmt.Sprint(offsets)), input.Shorten(fmt.Sprint(entry.Shape)))
	}
	entry.Offsets = [2]int64(offsets)
	return entry, nil
}

// replaced reports whether JSON holds half of a surrogate pair, for which
// encoding/json puts a sign of its own.
func replaced(text []byte) bool {
	const sign = "\ufffd"
	if !bytes.Contains(text, []byte(`\u`)) || bytes.Contains(text, []byte(sign)) || bytes.Contains(bytes.ToLower(text), []byte(`\ufffd`)) {
		return false
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.Contains(s, sign) {
			return true
		}
	}
}

// safetensorsTypes gives the types that tensors and columns can have.
var safetensorsTypes = map[string]struct {
	dtype DType
	code  string
	size  int64
}{
	"F64": {F64, "f8", 8}, "F32": {F32, "f4", 4}, "F16": {F16, "f2", 2}, "BF16": {BF16, "bf", 2},
	"I64": {"", "i8", 8}, "I32": {"", "i4", 4}, "I16": {"", "i2", 2}, "I8": {"", "i1", 1},
	"U64": {"", "u8", 8}, "U32": {"", "u4", 4}, "U16": {"", "u2", 2}, "U8": {"", "u1", 1},
	"BOOL": {"", "b1", 1}, "F8_E4M3": {F8E4M3, "", 1}, "F8_E5M2": {F8E5M2, "", 1},
}

func safetensor(f *input.File, name string, e safetensorsEntry, begin int64, declared DType) (*tensor, error) {
	t := &tensor{name: name, source: f, numbers: f, stored: storage{part: fmt.Sprintf("tensor %q", name), offset: begin + e.Offsets[0]}}
	if e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || e.Offsets[1] > f.Size-begin {
		return nil, f.Errorf(t.stored.part, 8, fmt.Sprintf("data_offsets %v", e.Offsets), "a range of the %d bytes of data", f.Size-begin)
	}
	t.size = begin + e.Offsets[1]
	for _, n := range e.Shape {
		if n < 0 || n > input.MaxNumbers {
			return nil, f.Errorf(t.stored.part, 8, fmt.Sprintf("shape %v", e.Shape), "sizes from 0 to %d", int64(input.MaxNumbers))
		}
		t.stored.shape = append(t.stored.shape, int(n))
	}
	typ, known := safetensorsTypes[e.DType]
	if known {
		if n, ok := product(t.stored.shape, typ.size); !ok || n != e.Offsets[1]-e.Offsets[0] {
			return nil, f.Errorf(t.stored.part, t.stored.offset, fmt.Sprintf("%d bytes", e.Offsets[1]-e.Offsets[0]),
				"%s for shape %v of %s", byteCount(n, ok), e.Shape, e.DType)
		}
	}
	t.code, t.stored.dtype = typ.code, typ.dtype
	if (typ.code == "u2" || typ.code == "i2") && (declared == BF16 || declared == F16) {
		t.stored.dtype = declared
	}
	switch {
	case t.stored.dtype == "":
		t.refusal = f.Errorf(t.stored.part, 8, "dtype "+e.DType, "F16, BF16, F32, F64, F8_E4M3 or F8_E5M2")
	case declared != "" && declared != t.stored.dtype:
		t.refusal = f.Errorf(t.stored.part, 8, "dtype "+e.DType, "%s, as declared", declared)
	}
	return t, nil
}

// indexHead matches the two keys that an index may begin with.
var indexHead = regexp.MustCompile(`^(\xef\xbb\xbf)?\s*\{\s*"(metadata|weight_map)"\s*:\s*\{`)

// isIndex reports whether f is the index of safetensors files.
func isIndex(f *input.File, head []byte) bool {
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	return indexHead.Match(head) && input.ReadJSON(f, &index) == nil && len(index.Files) > 0
}

// openSafetensorsIndex opens the files that an index lists as one.
func openSafetensorsIndex(f *input.File, spec Spec) (source, error) {
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	if err := input.ReadJSON(f, &index); err != nil {
		if isJSONLines(f) {
			return nil, f.Errorf("", -1, "a table of examples (JSON lines)", "hidden states; a table is for examples")
		}
		return nil, err
	}
	if len(index.Files) == 0 {
		return nil, f.Errorf("", -1, "JSON without a weight_map", "the index of safetensors files")
	}
	paths := slices.Compact(slices.Sorted(maps.Values(index.Files)))
	s, err := openIndexed(f, spec, paths, index.Files)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// isJSONLines reports whether f has more than one line and the first is
// a JSON object.
func isJSONLines(f *input.File) bool {
	text := bufio.NewReader(io.NewSectionReader(f.R, 0, min(f.Size, input.MaxMetadata)))
	line, err := text.ReadBytes('\n')
	if err != nil {
		return false
	}
	var object map[string]json.RawMessage
	return json.Unmarshal(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), &object) == nil
}

// openIndexed reads the tensors of every file, each from where the index says.
func openIndexed(f *input.File, spec Spec, paths []string, where map[string]string) (s *tensorSource, err error) {
	var all []*tensor
	var files []*input.File
	defer func() {
		for i := 0; err != nil && i < len(files); i++ {
			files[i].Close()
		}
	}()
	found := 0
	for _, path := range paths {
		if !filepath.IsLocal(path) || strings.ContainsRune(path, '\\') {
			return nil, f.Errorf("weight_map", -1, fmt.Sprintf("%q", path), "files beside the index")
		}
		shard, err := input.Open(input.Join(input.Dir(f.Path), path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, f.Errorf("weight_map", -1, fmt.Sprintf("%q, which is not there", path), "every file that it lists, beside the index")
		}
		if err != nil {
			return nil, err
		}
		files = append(files, shard)
		tensors, err := readSafetensors(shard, spec)
		if err != nil {
			return nil, err
		}
		for _, t := range tensors {
			if where[t.name] == path {
				found++
				all = append(all, t)
			}
		}
	}
	if found != len(where) {
		return nil, f.Errorf("weight_map", -1, fmt.Sprintf("%d tensors", len(where)), "the %d that the files hold", found)
	}
	if s, err = newTensorSource(f, spec, all); err != nil {
		return nil, err
	}
	for _, shard := range files {
		s.more = append(s.more, shard)
		s.size.files = append(s.size.files, describe(shard))
	}
	return s, nil
}

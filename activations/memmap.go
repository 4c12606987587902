package activations

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tell/activations/internal/input"
)

// rawExtensions are the endings of files that hold numbers and nothing else,
// as np.memmap and ndarray.tofile write them.
var rawExtensions = []string{".dat", ".bin", ".raw", ".mmap", ".memmap", ".mmp"}

// sidecar is what a JSON file beside a raw array says about it.
type sidecar struct {
	Shape []int  `json:"shape"`
	DType string `json:"dtype"`
	Order string `json:"order"`

	// A model may be noted in any way; it must not make the file unreadable.
	Model     any `json:"model"`
	Embedding any `json:"embedding_layer"`
}

// rawTypes are the types by NumPy's names and by our own; the byte order may
// come before those of NumPy, and see typeName.
var rawTypes = map[string]DType{
	"float16": F16, "half": F16, "f2": F16, "e": F16, "f16": F16,
	"bfloat16": BF16, "V2": BF16, "bf16": BF16,
	"float32": F32, "f4": F32, "f": F32, "f32": F32,
	"float64": F64, "f8": F64, "d": F64, "f64": F64,
	"float8_e4m3fn": F8E4M3, "f8_e4m3": F8E4M3, "float8_e5m2": F8E5M2, "f8_e5m2": F8E5M2,
}

// isRaw reports whether a file is to be read as numbers without a header:
// where a shape is given, or noted in a file beside it.
func isRaw(f *input.File, head []byte, spec Spec) bool {
	if spec.Shape != nil {
		return true
	}
	if !hasRawEnding(f.Path) || bytes.HasPrefix(head, []byte(npyMagic)) {
		return false
	}
	for _, path := range sidecarPaths(f) {
		if _, err := input.Stat(path); err == nil {
			return true
		}
	}
	return false
}

func hasRawName(f *input.File, _ []byte, _ Spec) bool { return hasRawEnding(f.Path) }

func hasRawEnding(path string) bool {
	return slices.Contains(rawExtensions, strings.ToLower(filepath.Ext(path)))
}

func sidecarPaths(f *input.File) []string {
	base := strings.TrimSuffix(f.Path, filepath.Ext(f.Path))
	return []string{f.Path + ".json", base + ".shape.json", base + ".json", f.Path + ".meta", base + ".meta", f.Path + ".meta.json", base + ".meta.json"}
}

// openRaw opens numbers without a header. Their shape and type are those of
// spec, else those of the JSON file beside them.
func openRaw(f *input.File, spec Spec) (source, error) {
	if spec.Shape != nil {
		return sidecar{Shape: spec.Shape, DType: string(spec.DType)}.open(f, "shape as given", spec)
	}
	side, note, err := readSidecar(f)
	if err != nil {
		return nil, err
	}
	src, err := side.open(f, "shape in "+filepath.Base(note.Path), spec)
	if err != nil {
		return nil, err
	}
	src.files = []File{note}
	return src, nil
}

// open places the numbers, which must fill the file.
func (s sidecar) open(f *input.File, part string, spec Spec) (*npySource, error) {
	stored, err := s.storage(f, part, spec)
	if err != nil {
		return nil, err
	}
	length, ok := stored.bytes()
	if !ok || length != f.Size {
		return nil, f.Errorf(part, -1, fmt.Sprintf("%d bytes", f.Size), "%s for shape %v of %s", byteCount(length, ok), s.Shape, stored.dtype)
	}
	a, err := newArray(f, stored)
	if err != nil {
		return nil, err
	}
	return &npySource{file: f, array: a, origin: origin{textOf(s.Model), textOf(s.Embedding)}}, nil
}

// readSidecar reads the first of the files that say what is in this one.
func readSidecar(f *input.File) (s sidecar, note File, err error) {
	for _, path := range sidecarPaths(f) {
		beside, err := input.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return s, File{}, err
		}
		return s, describe(beside), errors.Join(input.ReadJSON(beside, &s), beside.Close())
	}
	name := strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path))
	return s, File{}, f.Errorf("", -1, "numbers without a header",
		`their shape, or a file %s.json beside them such as {"shape": [672, 31, 576], "dtype": "float16"}`, name)
}

// typeName is a type without the byte order, or what str() puts around it:
// torch.float16, <class 'numpy.float16'>.
func typeName(text string) (name string, bigEndian bool) {
	name = strings.TrimSuffix(strings.TrimPrefix(text, "<class '"), "'>")
	for _, module := range []string{"torch.", "numpy.", "np.", "ml_dtypes."} {
		name = strings.TrimPrefix(name, module)
	}
	return strings.TrimLeft(name, "<>|="), strings.HasPrefix(name, ">")
}

// storage describes the numbers.
func (s sidecar) storage(f *input.File, part string, spec Spec) (storage, error) {
	name, bigEndian := typeName(s.DType)
	enc := encoding{dtype: rawTypes[name], bigEndian: bigEndian}
	switch name {
	case "uint8", "int8", "u1", "i1", "V1":
		if spec.DType == F8E4M3 || spec.DType == F8E5M2 {
			enc.dtype = spec.DType
		}
	case "uint16", "int16", "u2", "i2":
		if spec.DType == BF16 || spec.DType == F16 {
			enc.dtype = spec.DType
		}
	}
	if enc.dtype == "" {
		return storage{}, f.Errorf(part, -1, fmt.Sprintf("dtype %q", s.DType), "float16, bfloat16, float32, float64, float8_e4m3fn or float8_e5m2")
	}
	if spec.DType != "" && enc.dtype != spec.DType {
		return storage{}, f.Errorf(part, -1, fmt.Sprintf("dtype %q", s.DType), "%s, as declared", spec.DType)
	}
	for _, n := range s.Shape {
		if n < 0 || n > input.MaxNumbers {
			return storage{}, f.Errorf(part, -1, fmt.Sprintf("shape %v", s.Shape), "sizes from 0 to %d", int64(input.MaxNumbers))
		}
	}
	stored := storage{part: part, encoding: enc, shape: s.Shape, axes: spec.Axes}
	switch s.Order {
	case "", "C":
	case "F":
		stored.strides = fortranStrides(s.Shape, enc.dtype)
	default:
		return stored, f.Errorf(part, -1, fmt.Sprintf("order %q", s.Order), "C or F")
	}
	return stored, nil
}

package activations

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

const npyMagic = "\x93NUMPY"

// npySource is one array of the NumPy format, versions 1 to 3, in C or Fortran
// order.
type npySource struct {
	file   *input.File
	array  *array
	origin origin
	notes  []string
	files  []File // beside file
}

func openNPY(f *input.File, spec Spec) (source, error) {
	h, err := readNPYHeader(f)
	if err != nil {
		return nil, err
	}
	stored, err := h.storage(f, "array", spec)
	if err != nil {
		return nil, err
	}
	a, err := newArray(f, stored)
	if err != nil {
		return nil, err
	}
	s := &npySource{file: f, array: a}
	length, _ := stored.bytes()
	end := h.end + length
	switch more, err := f.StartsAt(end, npyMagic); {
	case err != nil:
		return nil, err
	case more:
		s.notes = append(s.notes, fmt.Sprintf("%s holds further arrays from byte %d on; the first is read, as np.load does", f.Path, end))
	case end != f.Size:
		return nil, f.Errorf("array", end, fmt.Sprintf("%d bytes after the last number", f.Size-end), "the end of the file, or another array")
	}
	return s, nil
}

func (s *npySource) contents() contents {
	return contents{shape: s.array.shape(), dtype: s.array.dtype, origin: s.origin, notes: s.notes, files: s.files}
}
func (s *npySource) layer(i int) ([]plane, error) { return []plane{s.array.layer(i)}, nil }
func (s *npySource) table() (*Examples, error)    { return nil, nil }
func (s *npySource) Close() error                 { return s.file.Close() }

// npyHeader is what comes before the numbers of an npy file.
type npyHeader struct {
	descr   string
	fortran bool
	shape   []int
	start   int64 // of the dictionary
	end     int64 // where the numbers begin
}

// readNPYHeader reads the header at the start of f. It is read here and not by
// npyio, which knows no version 3, allocates whatever length a header claims
// and panics on a damaged one.
func readNPYHeader(f *input.File) (*npyHeader, error) {
	const part = "npy header"
	fixed, err := f.Head(12)
	if err != nil {
		return nil, err
	}
	if len(fixed) < 10 || !bytes.HasPrefix(fixed, []byte(npyMagic)) {
		return nil, f.Errorf(part, 0, fmt.Sprintf("%q", fixed), "%q, a version and a length", npyMagic)
	}
	h := &npyHeader{start: 10}
	length := int64(binary.LittleEndian.Uint16(fixed[8:]))
	switch major := fixed[6]; major {
	case 1:
	case 2, 3:
		if len(fixed) < 12 {
			return nil, f.Errorf(part, 8, "the end of the file", "4 bytes of length")
		}
		h.start, length = 12, int64(binary.LittleEndian.Uint32(fixed[8:]))
	default:
		return nil, f.Errorf(part, 6, fmt.Sprintf("version %d.%d", major, fixed[7]), "version 1, 2 or 3")
	}
	h.end = h.start + length
	if h.end > f.Size {
		return nil, f.Errorf(part, 8, fmt.Sprintf("a length of %d bytes", length),
			"at most the %d bytes that are left in the file", f.Size-h.start)
	}
	text := make([]byte, length)
	if err := f.ReadAt(text, h.start, part); err != nil {
		return nil, err
	}
	if err := h.parse(f, string(text)); err != nil {
		return nil, err
	}
	return h, nil
}

// npyNames are what NumPy also takes for its types.
var npyNames = map[string]string{
	"float16": "f2", "half": "f2", "e": "f2", "float32": "f4", "single": "f4", "f": "f4", "float64": "f8", "double": "f8", "d": "f8", "float": "f8",
	"int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1", "uint16": "u2", "uint32": "u4", "uint64": "u8", "bool": "b1", "?": "b1",
}

// npyType splits a type such as ">f4" into the type and its byte order, which
// is that of the machine, little-endian, where none is given.
func npyType(descr string) (code string, bigEndian bool) {
	code = strings.TrimLeft(descr, "<>|=")
	if len(descr)-len(code) > 1 {
		return descr, false
	}
	if name, ok := npyNames[code]; ok {
		code = name
	}
	return code, strings.HasPrefix(descr, ">")
}

// storage describes the numbers that follow the header.
func (h *npyHeader) storage(f *input.File, part string, spec Spec) (storage, error) {
	enc, err := h.encoding(f, spec.DType)
	s := storage{part: part, offset: h.end, encoding: enc, shape: h.shape, axes: spec.Axes}
	if h.fortran {
		s.strides = fortranStrides(h.shape, enc.dtype)
	}
	return s, err
}

// eightBits are what NumPy calls numbers of types that it doesn't know.
var eightBits = map[string]bool{"V1": true, "f1": true, "u1": true, "i1": true}

// encoding reads the type, such as "<f2". A two-byte void is what ml_dtypes
// writes for bfloat16; two-byte integers hold halves where declared says so.
func (h *npyHeader) encoding(f *input.File, declared DType) (encoding, error) {
	var enc encoding
	found := strconv.Quote(h.descr)
	code, bigEndian := npyType(h.descr)
	enc.bigEndian = bigEndian
	switch code {
	case "f2":
		enc.dtype = F16
	case "f4":
		enc.dtype = F32
	case "f8":
		enc.dtype = F64
	case "bfloat16", "float8_e4m3fn", "float8_e5m2": // of zarr
		enc.dtype = dtypeNames[DType(code)]
	case "V2":
		enc.dtype = BF16
		if declared == F16 {
			enc.dtype = F16
		}
	case "u2", "i2":
		if declared == BF16 || declared == F16 {
			enc.dtype = declared
		} else {
			found += ", 16-bit integers"
		}
	}
	if eightBits[code] && (declared == F8E4M3 || declared == F8E5M2) {
		enc.dtype = declared
	}
	if strings.HasPrefix(h.descr, "|O") {
		return enc, f.Errorf("npy header, descr", h.start, found+", an array of Python objects, such as arrays of several lengths",
			"numbers; convert it, if you trust it, with: python -c \"import numpy as np; np.save('FILE2.npy', np.stack(list(np.load('FILE.npy', allow_pickle=True))))\"")
	}
	if enc.dtype == "" && (code == "V1" || code == "f1") {
		return enc, f.Errorf("npy header, descr", h.start, found+", numbers of 8 bits",
			"them declared: dtype float8_e4m3fn, or float8_e5m2, as which ml_dtypes writes '<f1'")
	}
	if enc.dtype == "" {
		return enc, f.Errorf("npy header, descr", h.start, found,
			"f2, f4, f8, or bfloat16 (declare dtype bf16 where it is kept as uint16, or float8_e4m3fn and float8_e5m2 for types of 8 bits)")
	}
	if declared != "" && declared != enc.dtype {
		return enc, f.Errorf("npy header, descr", h.start, found, "%s, as declared", declared)
	}
	return enc, nil
}

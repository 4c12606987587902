package activations

import (
	"bytes"
	"fmt"
	"slices"
)

// source is an open file, or a set of files that belong together, of one
// format.
type source interface {
	contents() contents
	// layer returns the planes that hold layer i, joined along the rows.
	layer(i int) ([]plane, error)
	// table returns the columns stored beside the states, or nil.
	table() (*Examples, error)
	Close() error
}

// contents is what a source says about itself.
type contents struct {
	shape  Shape
	dtype  DType
	layers []string // names of the layers where the file has some
	files  []File   // beside the one that was opened
	origin origin
	notes  []string // what a reader should know of what is not read

	lengths      []int // positions of every row where they differ
	measuredLate bool  // they differ and are found when rows are read
}

// format is a way of storing states. match looks at the first bytes of a file;
// examples reads the columns alone and is nil where the format has none.
type format struct {
	name     string
	match    func(head []byte) bool
	open     func(f *file, spec Spec) (source, error)
	examples func(f *file, lists []string) (*Examples, error)
}

// headSize is how many bytes match gets to see: the name of the first member of
// a zip archive may take most of them.
const headSize = 320

var npzFormat = format{"npz", startsWith(zipMagic), openNPZ, nil}

var formats = []format{
	{"npy", startsWith(npyMagic), openNPY, nil},
	{"arrow-file", startsWith(arrowMagic), openArrowFile, arrowFileExamples},
	{"arrow-stream", isArrowStream, openArrowStream, arrowStreamExamples},
	{"parquet", startsWith(parquetMagic), openParquet, parquetExamples},
	{"torch", isTorch, openTorch, nil},
	npzFormat,
	{"safetensors", isSafetensors, openSafetensors, nil},
	{"safetensors index", isJSONObject, openSafetensorsIndex, nil},
}

// refusedFormats are known, and their open says what to do instead.
var refusedFormats = []format{
	{"torch before version 1.6", startsWith(torchLegacyMagic), openTorchLegacy, nil},
	{"pickle", isPickle, openPickle, nil},
	{"pickle", textPickle.Match, openPickle, nil},
	{"hdf5", startsWith("\x89HDF\r\n\x1a\n"), openHDF5, nil},
	{"feather version 1", startsWith("FEA1"), openFeather1, nil},
}

func isJSONObject(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) > 1 && head[0] == '{' && head[1] != 0
}

func startsWith(magic string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

// rawFormat has no first bytes to recognise it by.
var rawFormat = format{name: "raw", open: openRaw}

func detect(f *file, spec Spec) (format, error) {
	head, err := f.head(headSize)
	if err != nil {
		return format{}, err
	}
	if isRaw(f, head, spec) {
		return rawFormat, nil
	}
	if f.size == 0 {
		return format{}, f.errorf("", -1, "an empty file", "%s", formatNames())
	}
	if err := refuseCompressed(f, head); err != nil {
		return format{}, err
	}
	if isLMProbe(f, head) {
		return lmprobeFormat, nil
	}
	if isLMProbeExtraction(head) {
		return lmprobeExtraction, nil
	}
	for _, format := range slices.Concat(formats, refusedFormats) {
		if format.match(head) {
			return format, nil
		}
	}
	if hasArrays(f) {
		return npzFormat, nil
	}
	if hasRawName(f) {
		return rawFormat, nil // which says what is missing
	}
	return format{}, f.errorf("start of the file", 0, fmt.Sprintf("%q", head[:min(len(head), 8)]), "%s", formatNames())
}

// Recognise names the format of a dump by its first bytes, empty for others.
func Recognise(head []byte) string {
	head = head[:min(len(head), headSize)]
	for _, format := range slices.Concat(formats, refusedFormats) {
		if format.match(head) && !isJSONObject(head) {
			return format.name
		}
	}
	return ""
}

func formatNames() string {
	var b bytes.Buffer
	for i, format := range formats {
		switch {
		case i == 0:
		case i == len(formats)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(format.name)
	}
	return b.String()
}

package activations

import (
	"bytes"
	"fmt"
	"strings"

	"tell/activations/internal/input"
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

// format is a way of storing states. Its match says whether a file is of it, of
// which head are the first bytes; examples reads the columns alone and is nil where
// the format has none; directory finds the files of a folder in which it is kept,
// and is nil where there is no such folder.
type format struct {
	name      string
	match     func(f *input.File, head []byte, spec Spec) bool
	open      func(f *input.File, spec Spec) (source, error)
	is        traits
	examples  func(f *input.File, lists []string) (*Examples, error)
	directory func(dir string) ([]string, error)
}

// traits are what the code around the formats must know of one.
type traits int

const (
	named     traits = 1 << iota // in messages, among the formats that a file could be of
	unread                       // as a dump; open says what to do instead
	unsure                       // a file that matches may be a table of examples as well
	parks                        // the file may be closed, and opened again for every read
	scattered                    // the states are in other files than the one that is opened
)

// has reports whether the format has any of the traits.
func (f *format) has(t traits) bool { return f.is&t != 0 }

// headSize is how many bytes match gets to see: the name of the first member of
// a zip archive may take most of them.
const headSize = 320

// formats are tried in this order.
var formats []format

func init() {
	formats = []format{
		{name: "raw", match: isRaw, open: openRaw, is: unsure | parks},
		{name: "empty", match: isEmpty, open: openEmpty, is: unread | unsure},
		{name: "compressed", match: byHead(isCompressed), open: openCompressed, is: unread},

		{name: "npy", match: byHead(startsWith(npyMagic)), open: openNPY, is: named | parks},
		{name: "arrow-file", match: byHead(startsWith(arrowMagic)), open: openArrowFile, is: named, examples: arrowFileExamples},
		{name: "arrow-stream", match: byHead(isArrowStream), open: openArrowStream, is: named, examples: arrowStreamExamples, directory: savedShards},
		{name: "lmprobe", match: isLMProbe, open: openLMProbe, is: scattered, examples: parquetExamples, directory: lmprobeIndex},
		{name: "parquet", match: byHead(startsWith(parquetMagic)), open: openParquet, is: named, examples: parquetExamples},
		{name: "torch", match: byHead(isTorch), open: openTorch, is: named},
		{name: "log of Inspect", match: isInspectLog, open: openInspectLog, is: unread, examples: inspectExamples},
		{name: "npz", match: byHead(startsWith(zipMagic)), open: openNPZ, is: named},
		{name: "safetensors", match: byHead(isSafetensors), open: openSafetensors, is: named | parks},
		{name: "lmprobe extraction", match: byHead(isLMProbeExtraction), open: openLMProbeExtraction, is: scattered, examples: lmprobeExtractionExamples, directory: lmprobeManifest},
		{name: "zarr", match: isZarr, open: openZarr, is: named | scattered, directory: zarrMetadata},
		{name: "safetensors index", match: byHead(isJSONObject), open: openSafetensorsIndex, is: named | unsure},

		{name: "torch before version 1.6", match: byHead(startsWith(torchLegacyMagic)), open: openTorchLegacy, is: unread},
		{name: "pickle", match: byHead(isPickle), open: openPickle, is: unread},
		{name: "pickle", match: byHead(textPickle.Match), open: openPickle, is: unread},
		{name: "hdf5", match: byHead(startsWith("\x89HDF\r\n\x1a\n")), open: openHDF5, is: unread},
		{name: "feather version 1", match: byHead(startsWith("FEA1")), open: openFeather1, is: unread},

		{name: "npz", match: hasArrays, open: openNPZ, is: unsure},
		{name: "raw", match: hasRawName, open: openRaw, is: unsure}, // which says what is missing
	}
}

// byHead matches the first bytes.
func byHead(match func(head []byte) bool) func(*input.File, []byte, Spec) bool {
	return func(_ *input.File, head []byte, _ Spec) bool { return match(head) }
}

func isJSONObject(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) > 1 && head[0] == '{' && head[1] != 0
}

func startsWith(magic string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

// detect finds the format of a file.
func detect(f *input.File, spec Spec) (*format, error) {
	head, err := f.Head(headSize)
	if err != nil {
		return nil, err
	}
	for i := range formats {
		if formats[i].match(f, head, spec) {
			return &formats[i], nil
		}
	}
	return nil, f.Errorf("start of the file", 0, fmt.Sprintf("%q", head[:min(len(head), 8)]), "%s", formatNames())
}

// Recognise names the format of a dump by its first bytes, empty for others.
func Recognise(head []byte) string {
	head = head[:min(len(head), headSize)]
	f := input.InMemory("", head)
	for _, format := range formats {
		if !format.has(unsure) && format.match(f, head, Spec{}) {
			return format.name
		}
	}
	return ""
}

// formatNames lists what a file could be.
func formatNames() string {
	var names []string
	for _, format := range formats {
		if format.has(named) {
			names = append(names, format.name)
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// tableFormats lists those that hold a table.
func tableFormats() string {
	var names []string
	for _, format := range formats {
		if format.has(named) && format.examples != nil {
			names = append(names, format.name)
		}
	}
	return strings.Join(names, ", ")
}

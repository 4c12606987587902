// Package activations reads dumps of hidden states as they are.
//
// Every format becomes one view of rows x layers x positions x width: a Dump.
// A row is an example, layer 0 is the embedding output, a position is a token
// position that the exporter kept, and width is the size of the residual
// stream. The table of examples that belongs to a dump is read here too.
//
// Read are npy, npz and raw arrays with a note of their shape, Arrow files and
// streams, directories that Hugging Face datasets saved, Parquet, PyTorch files,
// safetensors with or without an index, zarr, and what lmprobe publishes or extracts:
// an index in Parquet or JSON and safetensors files by layer. Numbers that lie
// plain in a file are read where they are, so memory follows what is asked for;
// compressed ones are unpacked once, into a temporary file.
//
// Files are not trusted. Whatever is wrong with one is a *FormatError that says
// where, what was found and what was expected; no length that a file claims is
// believed before the file can back it.
package activations

import (
	"fmt"
	"maps"
	"slices"
)

// Shape is the size of a dump along its four axes.
type Shape struct {
	Rows, Layers, Positions, Width int
}

func (s Shape) String() string {
	return fmt.Sprintf("%s x %s", counted(s.Rows, "row"), s.apart())
}

// counted is "1 row" or "2 rows".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// Axis names what one axis of a stored array means.
type Axis string

// The axes of a dump. Batch is a list or tuple in a PyTorch file of which every item
// holds the tensors of some rows.
const (
	Batch    Axis = "batch"
	Row      Axis = "row"
	Layer    Axis = "layer"
	Position Axis = "position"
	Width    Axis = "width"
)

// Axes returns the axes that a stored array may have.
func Axes() []Axis { return []Axis{Row, Layer, Position, Head, Width, Batch} }

// Spec says where a dump is and, where the format does not, what is in it.
type Spec struct {
	// Paths are files or globs. Several files are shards of one dump, joined
	// along the rows in the order given; a glob's matches are sorted, with
	// numbers by size: hs_2 before hs_10. A path such as acts/resid_L{layer}.npy is a
	// file for every layer, acts/layer_{layer}_{row}.pt one for every layer and shard;
	// the numbers in the names are those of the layers and the order of the shards.
	Paths []string
	// Axes names the stored axes from the outermost; in PyTorch files, before those of
	// the tensors, the lists and dictionaries that hold them. When nil, the rank
	// decides: 2 is row, width; 3 is row, layer, width; 4 is row, layer,
	// position, width; and the files of vLLM's hidden-states connector, one a
	// request, are position, layer, width.
	Axes []Axis
	// Position chooses among the positions of every row, which may have
	// different numbers of them: "first"; "last"; a number, where -1 is the
	// last; "mean", the mean in double precision over all that count; a range
	// such as "2:6", positions 2 to 5, or "-4:", the last four; "all"; or the
	// name of a column with the index of the position in every row. Numbers are
	// counted among the positions that count, see Length. It leaves one position,
	// or as many as the range has. "all" keeps every position, and the dump has
	// as many as the longest row; see Dump.Counts. Empty keeps all positions of
	// rows that have equal numbers of them.
	Position string
	// Length is the column that says which positions of a row count: how many
	// from the first on, or a mask as in Mask. Columns that are not stored
	// beside the states are given to Dump.WithPositions. Empty counts every
	// stored position.
	Length string
	// Mask is the mask of the positions that count, such as [0, 1, 1, 0, 1],
	// where Length is not given: the name of a column, of lists or of JSON; of
	// an array, rows x positions, in the file of the states; or a path or glob
	// that ends in .npy, .npz or .safetensors, of a file with one such array,
	// or with one called attention_mask. It is as long as the stored positions
	// of its row, and holds true and false, or 0 and 1.
	Mask string
	// DType declares what the stored numbers are where the format cannot say
	// it: bfloat16 kept as uint16, and in npy and raw files the 8-bit types.
	DType DType
	// Shape is the shape of numbers in a file without a header, as
	// np.memmap writes them; DType is their type. When nil, it is looked for in
	// a JSON file beside them: x.dat.json, x.shape.json, x.json, x.dat.meta, x.meta or
	// x.meta.json for x.dat, {"shape": [672, 31, 576], "dtype": "float16"}, perhaps with an "order" of
	// "F".
	Shape []int
	// Tensor picks the array in a file that holds several: the column of a
	// table, the key of an npz or safetensors file. A pattern with one star,
	// such as "layers.*", picks an array for every layer. It may stay empty
	// when there is only one candidate, or one family with a number each.
	Tensor string
	// LayerNumbers are the numbers that the layers have in their model, where a dump
	// keeps some of them. When nil, see Dump.LayerNumbers.
	LayerNumbers []int
	// PositionNames are what the positions that are read are called. When nil, see
	// Dump.PositionNames.
	PositionNames []string
	// ID is the column with the rows' ids, for joining with examples.
	ID string
}

// DType is the type of the stored numbers.
type DType string

// The stored types that can be read.
const (
	F16  DType = "f16"
	BF16 DType = "bf16"
	F32  DType = "f32"
	F64  DType = "f64"

	// The 8-bit types of safetensors: of these E4M3 has no infinities, as
	// PyTorch's float8_e4m3fn.
	F8E4M3 DType = "f8_e4m3"
	F8E5M2 DType = "f8_e5m2"
)

// DTypes returns the stored types that can be read.
func DTypes() []DType { return []DType{F16, BF16, F32, F64, F8E4M3, F8E5M2} }

// dtypeNames are what NumPy, ml_dtypes and PyTorch call them.
var dtypeNames = map[DType]DType{"float16": F16, "bfloat16": BF16, "float32": F32, "float64": F64, "float8_e4m3fn": F8E4M3, "float8_e5m2": F8E5M2}

// DTypeAliases returns the names of NumPy and PyTorch for the stored types, such as
// float8_e4m3fn, which files and flags may use as well.
func DTypeAliases() []DType { return slices.Sorted(maps.Keys(dtypeNames)) }

// UnmarshalText reads any of the names. Others are left as they are.
func (t *DType) UnmarshalText(text []byte) error {
	*t = DType(text)
	if known, ok := dtypeNames[*t]; ok {
		*t = known
	}
	return nil
}

package activations

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// statesName is what the states are called in files that Convert writes.
const statesName = "hidden_states"

// beginSafetensors writes the header of a file with one tensor. The names of
// the layers go into its metadata.
func beginSafetensors(w io.Writer, o *output) (statesWriter, error) {
	shape := o.axes()
	size, ok := product(shape, int64(o.dtype.size()))
	if !ok {
		return nil, fmt.Errorf("%v of %s: more bytes than a file can have", o.shape, o.dtype)
	}
	code := map[DType]string{F16: "F16", BF16: "BF16", F32: "F32", F64: "F64"}[o.dtype]
	entry := safetensorsEntry{DType: code, Offsets: [2]int64{0, size}}
	for _, n := range shape {
		entry.Shape = append(entry.Shape, int64(n))
	}
	metadata := map[string]string{layersKey: o.layersText()}
	keys, values := o.origin.metadata()
	for i, key := range keys {
		metadata[key] = values[i]
	}
	header, err := json.Marshal(struct {
		Metadata map[string]string `json:"__metadata__"`
		States   safetensorsEntry  `json:"hidden_states"`
	}{metadata, entry})
	if err != nil {
		return nil, err
	}
	header = append(header, strings.Repeat(" ", (8-len(header)%8)%8)...)
	_, err = w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...))
	return plainWriter{w}, err
}

package activations

import (
	"fmt"
	"io"

	"tell/internal/safetensors"
)

// statesName is what the states are called in files that Convert writes.
const statesName = "hidden_states"

// beginSafetensors writes the header of a file with one tensor. The names of
// the layers go into its metadata.
func beginSafetensors(w io.Writer, o *output) (statesWriter, error) {
	shape := o.axes()
	if _, ok := product(shape, int64(o.dtype.size())); !ok {
		return nil, fmt.Errorf("%v of %s: more bytes than a file can have", o.shape, o.dtype)
	}
	states := safetensors.Tensor{Name: statesName, Shape: shape,
		DType: map[DType]string{F16: "F16", BF16: "BF16", F32: "F32", F64: "F64"}[o.dtype]}
	metadata := map[string]string{layersKey: o.layersText()}
	keys, values := o.origin.metadata()
	for i, key := range keys {
		metadata[key] = values[i]
	}
	return plainWriter{w}, safetensors.WriteHeader(w, []safetensors.Tensor{states}, metadata)
}

package main

import (
	"context"
	"fmt"
	"strings"

	"tell/activations"
)

// convertVerb is "tell convert".
type convertVerb struct {
	Paths  []string          `arg:"" name:"dump" help:"A dump: a file, a glob, a path with {layer} for a file of every layer, a directory that datasets saved, or the shards of one dump in order."`
	Output string            `short:"o" required:"" placeholder:"FILE" help:"The file to write; its extension gives the format: .npy, .arrow or .safetensors."`
	DType  activations.DType `name:"dtype" placeholder:"TYPE" help:"Type to write: f16, bf16, f32 or f64. Default: as stored."`
	Layers []int             `placeholder:"LAYER" help:"Layers to write, by their numbers and in that order. Default: all."`
	layerFlags
	positionFlags
	Tensor string             `placeholder:"NAME" help:"The array in a file that holds several, or a pattern such as layers.* for one array a layer."`
	Axes   []activations.Axis `placeholder:"AXIS" help:"What the stored axes mean, from the outermost: row, layer, position, head, width. Default: by their number."`
	Shape  []int              `placeholder:"SIZE" help:"Shape of numbers without a header, as np.memmap writes them. Default: from a JSON file beside them."`
	Stored activations.DType  `placeholder:"TYPE" help:"Type of the stored numbers where the format cannot say it: bf16 kept as uint16."`

	AllowOverflow bool `help:"Let numbers that the type cannot hold become infinities."`
	JSON          bool `help:"Print JSON."`
	progressFlags
}

// Help implements kong.HelpProvider.
func (convertVerb) Help() string {
	return `Writes rows x layers x positions x width, without the axis of positions where there is one only. Arrow keeps the columns that are stored beside the states. The file appears when it is whole.

    tell convert states.parquet -o states.arrow
    tell convert shards/*.npy -o states.safetensors --dtype bf16
    tell convert requests/*.safetensors --axes position,layer,width --position last -o states.npy`
}

// Validate implements kong's check of flags.
func (v *convertVerb) Validate() error {
	written := []activations.DType{activations.F16, activations.BF16, activations.F32, activations.F64}
	if err := checkDType("dtype", v.DType, written); err != nil {
		return err
	}
	return checkDType("stored", v.Stored, activations.DTypes())
}

// Run implements verb.
func (v *convertVerb) Run(ctx context.Context, c *console) error {
	spec := activations.Spec{Paths: v.Paths, Axes: v.Axes, DType: v.Stored, Tensor: v.Tensor, Shape: v.Shape, LayerNumbers: v.LayerNumbers}
	dump, err := v.openWith(spec)
	if err != nil {
		return err
	}
	defer dump.Close()
	p := v.progress(c)
	defer p.end()
	done, err := activations.Convert(ctx, dump, v.Output, activations.ConvertSettings{
		DType: v.DType, Layers: v.Layers, AllowOverflow: v.AllowOverflow,
		Progress: func(done, total int) { p.step("convert", done, total) },
	})
	if err != nil {
		return v.hint(err)
	}
	is := conversion{
		File: v.Output, Format: done.Format, DType: done.DType, Overflows: done.Overflows, Notes: done.Notes,
		Rows: done.Shape.Rows, Layers: done.Shape.Layers, Positions: done.Shape.Positions, Width: done.Shape.Width,
	}
	return c.answer(v.JSON, is, is.text)
}

// hint says what to do about numbers that are too large.
func (v *convertVerb) hint(err error) error {
	if _, ok := err.(*activations.OverflowError); !ok {
		return err
	}
	return &hintedError{err, "write bf16 or f32, or give --allow-overflow to make them infinities"}
}

// conversion says what was written.
type conversion struct {
	File      string            `json:"file"`
	Format    string            `json:"format"`
	DType     activations.DType `json:"dtype"`
	Rows      int               `json:"rows"`
	Layers    int               `json:"layers"`
	Positions int               `json:"positions"`
	Width     int               `json:"width"`
	Overflows int               `json:"overflows"`
	Notes     []string          `json:"notes,omitempty"`
}

func (is conversion) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s, %s x %s x %s x %d wide\n", is.File, is.Format, is.DType,
		count(is.Rows, "row", "rows"), count(is.Layers, "layer", "layers"), count(is.Positions, "position", "positions"), is.Width)
	if is.Overflows > 0 {
		fmt.Fprintf(&b, "%s became infinite\n", count(is.Overflows, "number", "numbers"))
	}
	for _, note := range is.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	return b.String()
}

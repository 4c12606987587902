package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tell/activations"
	"tell/study"
)

// inspectVerb is "tell inspect".
type inspectVerb struct {
	Paths  []string           `arg:"" name:"dump" help:"A dump: a file, a glob, a path with {layer} for a file of every layer, a directory that datasets saved, or the shards of one dump in order. Or a table of examples."`
	Axes   []activations.Axis `placeholder:"AXIS" help:"What the stored axes mean, from the outermost: row, layer, position, head, width. Default: by their number."`
	DType  activations.DType  `name:"dtype" placeholder:"TYPE" help:"Type of the numbers where the format cannot say it: bf16 kept as uint16."`
	Shape  []int              `placeholder:"SIZE" help:"Shape of numbers without a header, as np.memmap writes them. Default: from a JSON file beside them."`
	Tensor string             `placeholder:"NAME" help:"The array in a file that holds several, or a pattern such as layers.* for one array a layer."`
	layerFlags
	positionFlags
	Scan bool `help:"Read every number: NaN, infinities, constant columns and the largest number of each layer."`
	JSON bool `help:"Print JSON."`
	progressFlags
}

// Help implements kong.HelpProvider.
func (inspectVerb) Help() string {
	return `Several files are the shards of one dump, joined along the rows.

    tell inspect hidden_states.npy --scan
    tell inspect shards/*.npy --axes layer,row,width
    tell inspect states.npz --position last --mask attention_mask --scan
    tell inspect examples.jsonl
    tell inspect hidden_states.npy examples.jsonl   # both, and whether they fit`
}

// Validate implements kong's check of flags.
func (v *inspectVerb) Validate() error {
	for _, a := range v.Axes {
		if !slices.Contains(activations.Axes(), a) {
			return fmt.Errorf("--axes: found %q, expected row, layer, position, head, width or batch", a)
		}
	}
	return checkDType("dtype", v.DType, activations.DTypes())
}

// Run implements verb.
func (v *inspectVerb) Run(ctx context.Context, c *console) error {
	is, err := v.inspect(ctx, c)
	if err != nil {
		return err
	}
	if err := c.answer(v.JSON, is, is.text); err != nil {
		return err
	}
	return is.misfit
}

func (v *inspectVerb) inspect(ctx context.Context, c *console) (*inspection, error) {
	spec := activations.Spec{Paths: v.Paths, Axes: v.Axes, DType: v.DType, Shape: v.Shape, Tensor: v.Tensor, LayerNumbers: v.LayerNumbers}
	v.choose(&spec)
	beside := ""
	if n := len(v.Paths); n == 2 && namedAsTable(v.Paths[1]) && !namedAsTable(v.Paths[0]) {
		spec.Paths, beside = v.Paths[:1], v.Paths[1]
	}
	dump, err := activations.Open(spec)
	if err != nil && len(spec.Paths) == 2 {
		dump, err = openBeside(spec, err)
		beside = v.Paths[1]
	}
	uneven := false
	if err != nil && v.positionFlags == (positionFlags{}) {
		dump, uneven = openUneven(spec)
	}
	if err != nil && !uneven {
		return v.inspectTable(err)
	}
	defer dump.Close()
	if err := dump.CheckPositions(); err != nil {
		return nil, err
	}
	is, err := inspectDump(dump)
	if err != nil {
		return nil, err
	}
	if uneven {
		is.Notes = append(is.Notes, "rows have different numbers of positions: choose one (last, first, mean, a number, a range), or keep all with position: all")
	}
	examples, err := dump.Examples()
	if err != nil {
		return nil, err
	}
	if examples != nil && len(examples.Columns()) > 0 {
		is.Table = inspectColumns(examples)
	}
	if beside != "" {
		if err := is.addTable(dump, beside); err != nil {
			return nil, err
		}
	}
	if v.Scan {
		is.Health, err = v.scan(ctx, c, dump)
	}
	return is, err
}

// openBeside opens the first of two files that are not the shards of one dump, where the
// second holds a table alone, such as one of Arrow or Parquet.
func openBeside(spec activations.Spec, notShards error) (*activations.Dump, error) {
	table := spec.Paths[1]
	alone := spec
	alone.Paths = []string{table}
	if d, err := activations.Open(alone); err == nil { // more states
		d.Close()
		return nil, notShards
	}
	alone.Paths = spec.Paths[:1]
	dump, err := activations.Open(alone)
	if err != nil {
		return nil, notShards
	}
	if _, err := activations.ReadExamples(table); err != nil {
		dump.Close()
		if err.Error() == notShards.Error() {
			return nil, err
		}
		return nil, fmt.Errorf("%w; nor is it a table: %w", notShards, err)
	}
	return dump, nil
}

// openUneven opens a dump whose rows have different numbers of positions.
func openUneven(spec activations.Spec) (*activations.Dump, bool) {
	spec.Position = "all"
	dump, err := activations.Open(spec)
	if err != nil {
		return nil, false
	}
	if counts, err := dump.Counts(); err != nil || slices.Min(counts) == slices.Max(counts) {
		dump.Close()
		return nil, false
	}
	return dump, true
}

// inspectTable looks for a table in a file that does not open as a dump. Flags
// about the dump's arrays show that the file was meant to be one.
func (v *inspectVerb) inspectTable(notDump error) (*inspection, error) {
	if len(v.Paths) != 1 || v.Axes != nil || v.DType != "" || v.Tensor != "" || v.Shape != nil || v.positionFlags != (positionFlags{}) {
		return nil, notDump
	}
	path := v.Paths[0]
	examples, err := activations.ReadExamples(path)
	switch {
	case err != nil && namedAsTable(path):
		return nil, err
	case err != nil, len(examples.Columns()) == 0:
		return nil, notDump
	}
	f, err := activations.Stat(path)
	if err != nil {
		return nil, err
	}
	is := &inspection{Format: "table of examples", Files: []file{{f.Path, f.Size}}, Table: inspectColumns(examples)}
	if !namedAsTable(path) {
		is.Note = notDump.Error()
	}
	return is, nil
}

// addTable shows a table of examples that is given beside a dump, instead of the
// columns in the dump, and whether they fit.
func (is *inspection) addTable(dump *activations.Dump, path string) error {
	examples, err := activations.ReadExamples(path)
	if err != nil {
		return err
	}
	f, err := activations.Stat(path)
	if err != nil {
		return err
	}
	is.Files = append(is.Files, file{f.Path, f.Size})
	is.Table = inspectColumns(examples)
	is.misfit = study.Fits(dump, path, examples)
	return nil
}

// namedAsTable reports whether a file is named as one that holds no states.
func namedAsTable(path string) bool {
	switch strings.ToLower(filepath.Ext(activations.Printable(path))) {
	case ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".eval":
		return true
	}
	return false
}

func (v *inspectVerb) scan(ctx context.Context, c *console, dump *activations.Dump) ([]health, error) {
	p := v.progress(c)
	defer p.end()
	shape := dump.Shape()
	total := shape.Layers * shape.Positions
	names := dump.LayerNames()
	var all []health
	for layer := range shape.Layers {
		for position := range shape.Positions {
			p.step("scan", len(all), total)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			h, err := dump.Scan(layer, position)
			if err != nil {
				return nil, err
			}
			all = append(all, healthOf(dump.LayerNumbers()[layer], position, names[layer], h))
		}
	}
	p.step("scan", total, total)
	return all, nil
}

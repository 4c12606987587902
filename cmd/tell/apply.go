package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tell/activations"
	"tell/internal/atomicfile"
	"tell/probe/exchange"
	"tell/run"
)

// applyVerb is "tell apply".
type applyVerb struct {
	Probe     string             `arg:"" help:"Probes: a .safetensors file of tell export, a part of a report, or a file that package probe has written."`
	Dump      []string           `arg:"" help:"A dump: a file, a glob, a path with {layer} for a file of every layer, a directory that datasets saved, or the shards of one dump in order."`
	Output    string             `short:"o" placeholder:"FILE" help:"The CSV file to write. Default: print it."`
	Layer     []int              `placeholder:"LAYER" help:"Only the probes of these layers."`
	Kind      string             `placeholder:"KIND" help:"Only the probes of this kind."`
	DumpLayer *int               `placeholder:"LAYER" help:"The layer of the dump to read, by its number. Default: the one with the name of the probe's layer, or with its number where the probe has no name."`
	ID        string             `name:"id" placeholder:"COLUMN" help:"The column of the dump with the ids of its rows. Default: their numbers."`
	Axes      []activations.Axis `placeholder:"AXIS" help:"What the stored axes mean, from the outermost: row, layer, position, head, width. Default: by their number."`
	DType     activations.DType  `name:"dtype" placeholder:"TYPE" help:"Type of the numbers where the format cannot say it: bf16 kept as uint16."`
	Shape     []int              `placeholder:"SIZE" help:"Shape of numbers without a header, as np.memmap writes them. Default: from a JSON file beside them."`
	Tensor    string             `placeholder:"NAME" help:"The array in a file that holds several, or a pattern such as layers.* for one array a layer."`
	layerFlags
	positionFlags
}

// Help implements kong.HelpProvider.
func (applyVerb) Help() string {
	return `Scores the rows of a dump with probes that are trained: a line for each row and probe, with the margin weight · x + bias and the score P(label 1). Scores of rows that trained the probe say nothing about others.

    tell apply probes.safetensors other.npy -o scores.csv
    tell apply probes.safetensors states.npz --kind logistic --position last --mask attention_mask`
}

// Run implements verb.
func (v *applyVerb) Run(ctx context.Context, c *console) error {
	if ext := strings.ToLower(filepath.Ext(v.Probe)); ext == ".npz" || ext == ".gguf" {
		return &hintedError{
			fmt.Errorf("%s: found probes as %s, expected a .safetensors file", v.Probe, ext),
			"write the probes with tell export -o FILE.safetensors",
		}
	}
	set, err := run.ReadProbes(v.Probe)
	if err != nil {
		return &hintedError{err, "give a .safetensors file that tell export wrote, or a part of a layer in the folder parts of a report"}
	}
	set.Probes = slices.DeleteFunc(set.Probes, func(p exchange.Probe) bool {
		return v.Kind != "" && p.Kind != v.Kind || v.Layer != nil && !slices.Contains(v.Layer, p.Layer)
	})
	if len(set.Probes) == 0 {
		return fmt.Errorf("%s: found no probe of the kind and layers asked for", v.Probe)
	}
	spec := activations.Spec{Paths: v.Dump, Axes: v.Axes, DType: v.DType, Shape: v.Shape, Tensor: v.Tensor, LayerNumbers: v.LayerNumbers, ID: v.ID}
	dump, err := v.openWith(spec)
	if err != nil && holdsProbes(v.Dump, err) {
		return fmt.Errorf("%s: found probes, expected a dump of hidden states: tell apply PROBE DUMP", activations.Printable(v.Dump[0]))
	}
	if err != nil {
		return err
	}
	defer dump.Close()
	ids, err := dump.IDs()
	if err != nil {
		return err
	}
	if ids == nil {
		for i := range dump.Shape().Rows {
			ids = append(ids, strconv.Itoa(i))
		}
	}
	var unscored int
	write := func(w io.Writer) (err error) {
		unscored, err = v.score(ctx, w, set, dump, ids)
		return err
	}
	if v.Output == "" {
		err = write(c.stdout)
	} else if err = atomicfile.Write(v.Output, write); err == nil {
		err = c.print(fmt.Sprintf("%s: %s of %s\n", v.Output, count(len(ids), "row", "rows"), count(len(set.Probes), "probe", "probes")))
	}
	if err == nil && unscored > 0 {
		fmt.Fprintf(c.stderr, "tell: %s no score: the states hold NaN or infinities, and the cells are empty\n", count(unscored, "row and probe has", "rows and probes have"))
	}
	return err
}

// holdsProbes tells whether what does not open as a dump is a file of probes.
func holdsProbes(dump []string, notDump error) bool {
	if len(dump) != 1 {
		return false
	}
	var refused *activations.FormatError
	if errors.As(notDump, &refused) && strings.Contains(refused.Found, `"coef_"`) {
		return true // the names in an npz
	}
	_, err := run.ReadProbes(dump[0])
	return err == nil
}

// score writes a line for each probe and row.
func (v *applyVerb) score(ctx context.Context, w io.Writer, set *exchange.Set, dump *activations.Dump, ids []string) (unscored int, err error) {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"id", "kind", "layer", "layer_name", "position", "margin", "score"}); err != nil {
		return 0, err
	}
	const together = 1 << 20 // numbers
	width := dump.Shape().Width
	step := max(1, together/width)
	for i := range set.Probes {
		p := &set.Probes[i]
		layer, position, err := v.siteOf(p, dump)
		if err != nil {
			return 0, err
		}
		rows, margin := make([]float64, step*width), make([]float64, step)
		for lo := 0; lo < len(ids); lo += step {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			hi := min(lo+step, len(ids))
			if err := dump.ReadFloat64(rows[:(hi-lo)*width], layer, position, lo, hi); err != nil {
				return 0, err
			}
			p.Margins(margin[:hi-lo], rows)
			for j, m := range margin[:hi-lo] {
				cells := []string{ids[lo+j], p.Kind, strconv.Itoa(p.Layer), p.LayerName, strconv.Itoa(p.Position), "", ""}
				if math.IsNaN(m) || math.IsInf(m, 0) {
					unscored++
				} else {
					cells[5], cells[6] = strconv.FormatFloat(m, 'g', -1, 64), strconv.FormatFloat(exchange.Score(m), 'g', -1, 64)
				}
				if err := out.Write(cells); err != nil {
					return 0, err
				}
			}
		}
	}
	out.Flush()
	return unscored, out.Error()
}

// siteOf finds what a probe reads in a dump.
func (v *applyVerb) siteOf(p *exchange.Probe, dump *activations.Dump) (layer, position int, err error) {
	path, shape, names := activations.Printable(v.Dump[0]), dump.Shape(), dump.LayerNames()
	if shape.Width != len(p.Weight) {
		return 0, 0, fmt.Errorf("%s: found states %d wide, expected %d, as %s has weights", path, shape.Width, len(p.Weight), p)
	}
	layer = slices.Index(names, p.LayerName)
	switch {
	case v.DumpLayer != nil:
		layer = dump.LayerIndex(*v.DumpLayer)
	case layer < 0 && p.LayerName == strconv.Itoa(p.Layer): // a part knows no names
		layer = dump.LayerIndex(p.Layer)
	}
	if layer < 0 {
		return 0, 0, &hintedError{
			fmt.Errorf("%s: found layers %s, expected %q, that of the probe", path, shortList(names), p.LayerName),
			"say which layer of the dump it is with --dump-layer",
		}
	}
	if shape.Positions > 1 {
		position = p.Position
	}
	if position >= shape.Positions {
		return 0, 0, &hintedError{
			fmt.Errorf("%s: found %d positions, expected more than %d, as the probe reads %s", path, shape.Positions, p.Position, p.PositionName),
			"choose the one to read with --position",
		}
	}
	return layer, position, nil
}

func shortList(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, ... %s", strings.Join(names[:most-1], ", "), names[len(names)-1])
	}
	return strings.Join(names, ", ")
}

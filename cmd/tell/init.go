package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tell/activations"
	"tell/internal/atomicfile"
	"tell/study"
)

// initVerb is "tell init".
type initVerb struct {
	Paths  []string           `arg:"" name:"dump" help:"The dump: a file, a glob, a path with {layer} for a file of every layer, a directory that datasets saved, or its shards in order. Then the table of examples, which comes last."`
	Output string             `short:"o" default:"study.yaml" placeholder:"STUDY.yaml" help:"The study file to write."`
	Axes   []activations.Axis `placeholder:"AXIS" help:"What the stored axes mean, from the outermost: row, layer, position, head, width. Default: by their number."`
	DType  activations.DType  `name:"dtype" placeholder:"TYPE" help:"Type of the numbers where the format cannot say it: bf16 kept as uint16."`
	Shape  []int              `placeholder:"SIZE" help:"Shape of numbers without a header, as np.memmap writes them. Default: from a JSON file beside them."`
	Tensor string             `placeholder:"NAME" help:"The array in a file that holds several, or a pattern such as layers.* for one array a layer."`
	layerFlags
	positionFlags
}

// Help implements kong.HelpProvider.
func (initVerb) Help() string {
	return `Drafts a study that runs: the columns that look like label, group, condition and text, with the others that could be meant and the values of every column as comments. What the model did on the label's terms is left for you to say.

    tell init hidden_states.npy examples.jsonl
    tell run study.yaml`
}

// Run implements verb.
func (v *initVerb) Run(_ context.Context, c *console) error {
	last := len(v.Paths) - 1
	if last < 1 {
		return fmt.Errorf("init: found %q alone, expected a dump and a table of examples", v.Paths[0])
	}
	for _, path := range v.Paths {
		if activations.HasSecret(path) {
			return fmt.Errorf("init: found a URL with a query or a password, which has no place in a study, expected %s alone", activations.Printable(path))
		}
	}
	if _, err := os.Lstat(v.Output); err == nil {
		return &hintedError{fmt.Errorf("%s: there is such a file already, and init overwrites none", v.Output), "name another file with -o"}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	spec := activations.Spec{Paths: v.Paths[:last], Axes: v.Axes, DType: v.DType, Shape: v.Shape, Tensor: v.Tensor, LayerNumbers: v.LayerNumbers}
	v.choose(&spec)
	examples, err := activations.ReadExamples(v.Paths[last])
	if err != nil {
		return err
	}
	dump, err := activations.Open(spec)
	if err != nil && spec.Position == "" && spec.Length == "" && spec.Mask == "" {
		// Rows with different numbers of positions need one to be chosen.
		spec.Position = "last"
		if again, unread := activations.Open(spec); unread == nil {
			dump, err = again, nil
		}
	}
	if err != nil {
		return err
	}
	defer dump.Close()
	text, err := study.Draft(v.Output, spec, dump, v.Paths[last], examples)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(v.Output, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return err
	}
	dir := strings.TrimSuffix(filepath.Base(v.Output), filepath.Ext(v.Output)) + "-report"
	return c.print(fmt.Sprintf("%s drafts a study of %s. Check it, then: tell run %[1]s, which writes ./%[3]s\n", v.Output, count(dump.Shape().Rows, "row", "rows"), dir))
}

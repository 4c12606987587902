package activations

import (
	"fmt"
	"maps"
	"slices"
)

// noteUneven says what files of many numbers of rows may be: one for each text, whose
// rows are positions. Shards of one dump have equal numbers of rows, but for the last.
func (d *Dump) noteUneven() {
	if d.spec.Axes != nil || d.shape.Positions > 1 {
		return
	}
	switch d.format {
	case "npy", "npz", "torch", "safetensors", "raw":
	default:
		return
	}
	sizes := map[int]bool{}
	for _, s := range d.shards {
		sizes[s.rows] = true
	}
	if len(sizes) < 3 {
		return
	}
	rows := slices.Sorted(maps.Keys(sizes))
	d.notes = append(d.notes, fmt.Sprintf("%d files of %d to %d rows are joined along the rows, to %d: where each is a text and its rows are positions, name the axes: %s",
		len(d.shards), rows[0], rows[len(rows)-1], d.shape.Rows, d.axesOfTexts()))
}

// axesOfTexts are the axes of files that hold the positions of one text each.
func (d *Dump) axesOfTexts() string {
	if d.shape.Layers == 1 {
		return "[position, width]"
	}
	return "[position, layer, width]"
}

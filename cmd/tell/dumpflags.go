package main

import (
	"fmt"
	"slices"
	"strings"

	"tell/activations"
)

// layerFlags say which layers of the model a dump keeps.
type layerFlags struct {
	LayerNumbers []int `placeholder:"NUMBER" help:"The numbers of the layers in their model, where the dump keeps some of them. Default: from layers.json beside the dump, else from the names of the layers, else counted from 0."`
}

// positionFlags choose among the positions of every row.
type positionFlags struct {
	Position string `placeholder:"POSITION" help:"Positions to read: first, last, mean, a number, a range such as 2:6, or a column of indices; all, where rows have different numbers of them; write negative values after =, as in --position=-1. Default: all, of rows that have as many."`
	Length   string `placeholder:"COLUMN" help:"The column of the dump with the number of positions of every row that count, or with a mask."`
	Mask     string `placeholder:"NAME" help:"The mask of the positions that count, with padding and holes: a column or an array of the dump, or a file (npy, npz, safetensors)."`
}

// choose says in spec what the flags do.
func (p positionFlags) choose(spec *activations.Spec) {
	spec.Position, spec.Length, spec.Mask = p.Position, p.Length, p.Mask
}

// openWith opens a dump whose rows all have the positions that the flags choose.
func (p positionFlags) openWith(spec activations.Spec) (*activations.Dump, error) {
	p.choose(&spec)
	dump, err := activations.Open(spec)
	if err != nil {
		return nil, err
	}
	if err := dump.CheckPositions(); err != nil {
		dump.Close()
		return nil, err
	}
	return dump, nil
}

// checkDType refuses a type that is not among those known.
func checkDType(flag string, found activations.DType, known []activations.DType) error {
	if found == "" || slices.Contains(known, found) {
		return nil
	}
	names := make([]string, len(known))
	for i, t := range known {
		names[i] = string(t)
	}
	last := len(names) - 1
	return fmt.Errorf("--%s: found %q, expected %s or %s", flag, found, strings.Join(names[:last], ", "), names[last])
}

package activations

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// numbersName is the file beside a dump that has the numbers of its layers, as a list
// or under the key layers: dumps that keep every second layer have one.
const numbersName = "layers.json"

// LayerNumbers returns the number that every layer has in its model. They come from
// Spec.LayerNumbers, else from a file layers.json beside the dump, else from {layer} in
// the path or from names that all end in ascending numbers, such as layers.8 and layers.16; else layers are
// counted from 0.
func (d *Dump) LayerNumbers() []int { return slices.Clone(d.numbers) }

// LayerIndex is the index of the layer with the given number, -1 where there is none.
func (d *Dump) LayerIndex(number int) int { return slices.Index(d.numbers, number) }

// number gives the layers their numbers, and checks the names of positions.
func (d *Dump) number() (err error) {
	path := Printable(d.firstPath())
	if names := d.spec.PositionNames; names != nil && len(names) != d.shape.Positions {
		return fmt.Errorf("%s: found %d names of positions, expected %d, one for each position that is read", path, len(names), d.shape.Positions)
	}
	where := path + ": layer numbers"
	if d.numbers = d.spec.LayerNumbers; d.numbers == nil {
		if d.numbers, where, err = numbersBeside(d.firstPath()); err != nil {
			return err
		}
	}
	if d.numbers == nil {
		d.numbers = numbersIn(d.layers)
	}
	if _, ok := d.shards[0].source.(*layerFiles); ok {
		d.layers = nil // numbers, which what is stated or beside the dump goes before
	}
	if d.numbers == nil {
		for i := range d.shape.Layers {
			d.numbers = append(d.numbers, i)
		}
	}
	if n := len(d.numbers); n != d.shape.Layers {
		return fmt.Errorf("%s: found %d, expected %d, one for each layer of %s", where, n, d.shape.Layers, path)
	}
	for i, n := range d.numbers {
		if n < 0 || slices.Index(d.numbers, n) < i {
			return fmt.Errorf("%s: found %d at index %d, expected 0 or more, each number once", where, n, i)
		}
	}
	return nil
}

// numbersBeside reads the numbers in the folder of the file at path, nil where it has
// none.
func numbersBeside(path string) (numbers []int, where string, err error) {
	path = filepath.Join(filepath.Dir(path), numbersName)
	f, err := input.Open(path)
	if err != nil {
		return nil, "", nil
	}
	defer f.Close()
	where = Printable(path)
	var named struct {
		Layers []int `json:"layers"`
	}
	if input.ReadJSON(f, &numbers) == nil && numbers != nil {
		return numbers, where, nil
	}
	if f.Size > maxNote || input.ReadJSON(f, &named) != nil || named.Layers == nil {
		return nil, "", fmt.Errorf(`%s: found no list of layer numbers, expected one such as [0, 2, 4] or {"layers": [0, 2, 4]}; it is not read where layer_numbers of the activations says them`, where)
	}
	return named.Layers, where, nil
}

// numbersIn are the numbers that all names end in, nil where these do not ascend.
func numbersIn(names []string) []int {
	var numbers []int
	for i, name := range names {
		n, err := strconv.Atoi(name[len(strings.TrimRight(name, "0123456789")):])
		if err != nil || i > 0 && n <= numbers[i-1] {
			return nil
		}
		numbers = append(numbers, n)
	}
	return numbers
}

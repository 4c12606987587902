package activations

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Layers have the numbers in their names where these name them all.
func TestNumbersInNames(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"layer_4", "layer_10", "layer_16"}, "[4 10 16]"},
		{[]string{"0", "1"}, "[0 1]"},
		{[]string{"layer_4", "layer_4"}, "[]"},
		{[]string{"layer_10", "layer_4"}, "[]"},
		{[]string{"resid", "layer_4"}, "[]"},
		{[]string{"", ""}, "[]"},
		{[]string{"layer_99999999999999999999"}, "[]"},
		{nil, "[]"},
	} {
		if got := fmt.Sprint(numbersIn(c.names)); got != c.want {
			t.Errorf("%q: found %s, expected %s", c.names, got, c.want)
		}
	}
}

// What is stated goes before the file beside the dump, and this before names.
func TestLayerNumbers(t *testing.T) {
	cells := slices.Repeat([][]byte{f32(1)}, 2*3*2)
	path := writeFile(t, "states.npy", npyFile("<f4", false, []int{2, 3, 2}, cells))
	beside := filepath.Join(filepath.Dir(path), numbersName)
	for _, c := range []struct {
		stated       []int
		beside, want string // a part of the error, where it is no list
	}{
		{nil, "", "[0 1 2]"},
		{[]int{0, 2, 4}, "", "[0 2 4]"},
		{nil, "[1, 3, 5]", "[1 3 5]"},
		{nil, `{"layers": [7, 15, 23], "unit": 1}`, "[7 15 23]"},
		{[]int{0, 2, 4}, `{"layer": 1}`, "[0 2 4]"},
		{nil, `{"layer": 1}`, "found no list of layer numbers"},
		{nil, "[0, 2.5, 4]", "found no list of layer numbers"},
		{nil, "[0, 2]", "layers.json: found 2, expected 3, one for each layer of"},
		{nil, "[0, 2, 2]", "layers.json: found 2 at index 2, expected 0 or more, each number once"},
		{[]int{0, 2}, "", "layer numbers: found 2, expected 3"},
		{[]int{0, -2, 4}, "", "layer numbers: found -2 at index 1"},
	} {
		os.Remove(beside)
		if c.beside != "" {
			writeTo(t, beside, []byte(c.beside))
		}
		d, err := Open(Spec{Paths: []string{path}, LayerNumbers: c.stated})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(d.LayerNumbers())
			if names := strings.Join(d.LayerNames(), " "); "["+names+"]" != got {
				t.Errorf("%v, %s: found names %s for %s", c.stated, c.beside, names, got)
			}
			if last := d.LayerNumbers()[2]; d.LayerIndex(last) != 2 || d.LayerIndex(99) != -1 {
				t.Errorf("%v, %s: layer %d is found at %d", c.stated, c.beside, last, d.LayerIndex(last))
			}
			d.Close()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%v, %s: found %s, expected %s", c.stated, c.beside, got, c.want)
		}
	}
}

// Names of positions are as many as are read.
func TestPositionNamesGiven(t *testing.T) {
	cells := slices.Repeat([][]byte{f32(1)}, 2*1*2*2)
	path := writeFile(t, "states.npy", npyFile("<f4", false, []int{2, 1, 2, 2}, cells))
	d, err := Open(Spec{Paths: []string{path}, PositionNames: []string{"subject", "last token"}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := fmt.Sprint(d.PositionNames(), d.Reading().Names); got != "[subject last token] [subject last token]" {
		t.Errorf("found %s", got)
	}
	_, err = Open(Spec{Paths: []string{path}, PositionNames: []string{"subject"}})
	if got := fmt.Sprint(err); !strings.HasSuffix(got, "found 1 names of positions, expected 2, one for each position that is read") {
		t.Errorf("found %s", got)
	}
}

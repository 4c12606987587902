package activations

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Files of many numbers of rows may be texts, and shards of one dump are not.
func TestUnevenFiles(t *testing.T) {
	for name, c := range map[string]struct {
		rows []int
		more []int // axes
		spec Spec
		want string
	}{
		"texts":        {[]int{8, 12, 9}, []int{3, 2}, Spec{}, "3 files of 8 to 12 rows are joined along the rows, to 29: where each is a text and its rows are positions, name the axes: [position, layer, width]"},
		"of one layer": {[]int{8, 12, 9}, []int{2}, Spec{}, "name the axes: [position, width]"},
		"shards":       {[]int{8, 8, 8, 3}, []int{3, 2}, Spec{}, ""},
		"stated":       {[]int{8, 12, 9}, []int{3, 2}, Spec{Axes: []Axis{Row, Layer, Width}}, ""},
		"numbered":     {[]int{8, 12, 9}, []int{3, 2}, Spec{Paths: []string{"x{row}.npy"}}, "3 files of 8 to 12 rows are joined"},
		"positions":    {[]int{8, 12, 9}, []int{3, 4, 2}, Spec{}, ""},
	} {
		dir := t.TempDir()
		for i, n := range c.rows {
			writeTo(t, filepath.Join(dir, fmt.Sprintf("x%d.npy", i)), layerNPY("<f4", append([]int{n}, c.more...)...))
		}
		pattern := "x*.npy"
		if c.spec.Paths != nil {
			pattern = c.spec.Paths[0]
		}
		c.spec.Paths = []string{filepath.Join(dir, pattern)}
		notes := strings.Join(open(t, c.spec).Notes(), "; ")
		if (c.want == "") != (notes == "") || !strings.Contains(notes, c.want) {
			t.Errorf("%s: found notes %q", name, notes)
		}
	}
}

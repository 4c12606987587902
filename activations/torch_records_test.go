package activations

import (
	"fmt"
	"testing"
)

// Fields of records are columns: tensors of one number, and lists as JSON. What is as
// long as there are rows in one record is no column of all.
func TestTorchRecordFields(t *testing.T) {
	e, err := open(t, Spec{Paths: []string{formatsFile("torch_nested_fields.pt")}}).Examples()
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(e.Names()); got != `"id", "ok", "share", "tokens", "marks"` {
		t.Errorf("found columns %s", got)
	}
	for name, want := range map[string]any{"ok": true, "share": .75, "tokens": "[1,3]", "marks": "[0,0,0,0,0]", "id": "b-1"} {
		if c, ok := e.Column(name); !ok || c.Value(3) != want {
			t.Errorf("%s: found %v in row 3, expected %v", name, c, want)
		}
	}
	if got := fmt.Sprint(e.Omitted()); got != "[{ids a tensor of shape [2] in row 0; lists are columns: save tensor.tolist()}]" {
		t.Errorf("left out %s", got)
	}
}

// A pattern with two stars keeps to one of the keys between rows and layers.
func TestTorchTwoLevelPattern(t *testing.T) {
	for tensor, sign := range map[string]float64{"*.resid.*": 1, "*.mlp.*": -1} {
		d := open(t, Spec{Paths: []string{formatsFile("torch_nested_sites.pt")}, Tensor: tensor})
		if got := fmt.Sprint(d.Shape(), d.LayerNames()); got != "5 rows x 3 layers x 1 position x 4 wide [blocks.0 blocks.1 blocks.2]" {
			t.Errorf("%s: found %s", tensor, got)
		}
		row := make([]float64, 4)
		// Row 2 has four positions, of which the last was kept.
		if err := d.ReadFloat64(row, 1, 0, 2, 3); err != nil || row[1] != sign*float64(((2*3+1)*6+3)*4+1)/8 {
			t.Errorf("%s: found %v, %v", tensor, row, err)
		}
	}
	steps := open(t, Spec{Paths: []string{formatsFile("torch_nested_steps.pt")}, Tensor: "*.1.*"})
	row := make([]float64, 4)
	if err := steps.ReadFloat64(row, 2, 0, 1, 2); err != nil || row[0] != float64(((1*3+2)*6)*4)/8+1 {
		t.Errorf("found %v, %v", row, err)
	}
	checkRefused(t, []refused{
		{"three levels", Spec{Paths: []string{"torch_nested_steps.pt"}}, []string{`tensors: found 3 levels of lists, tuples or dictionaries above them, as in "0.0.0", expected at most two`, `"*.hidden.*"`}},
		{"no such key", Spec{Paths: []string{"torch_nested_sites.pt"}, Tensor: "*.attn.*"}, []string{`"*.attn.*"`}},
		{"of an npz", Spec{Paths: []string{"layers_f4.npz"}, Tensor: "*.*"}, []string{`found "*.*", expected one star`}},
	})
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "ab", true}, {"a*b", "ab", true}, {"aa*aa", "aaa", false}, {"*.x.*", "1.x.2", true}, {"*.x.*", "1.x2", false},
		{"*.x.*", "1.y.2", false}, {"*", "", true}, {"a*b*c", "a1b2c", true}, {"a*b*c", "abc", true}, {"a*b*c", "acb", false}, {"a*bc*c", "abc", false},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("%s, %s: found %v", c.pattern, c.name, got)
		}
	}
}

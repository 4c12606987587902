package activations

import "testing"

// Rows of no width, and numbers that are no whole row, are not looked at.
func TestInspectorOfNoWholeRow(t *testing.T) {
	for _, c := range []struct{ width, rows int }{{0, 0}, {-1, 0}, {2, 1}, {4, 0}} {
		in := NewInspector(c.width)
		in.Add([]float64{1, 2, 3})
		in.Add(nil)
		if h := in.Health(); h.Rows != c.rows {
			t.Errorf("width %d: found %d rows, expected %d", c.width, h.Rows, c.rows)
		}
	}
}

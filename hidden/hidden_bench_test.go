package hidden_test

import (
	"context"
	"fmt"
	"testing"

	"tell/gap/planted"
	"tell/hidden"
	"tell/hidden/internal/firstlevel"
)

// A study of 576 rows with six rivals, at the default settings.
func BenchmarkMeasure(b *testing.B) {
	w := planted.KnowsApart()
	d, err := firstlevel.Planted(w, 1, 1)
	if err != nil {
		b.Fatal(err)
	}
	s := w.Draw(2) // of other rows: columns that have nothing to do with these
	for k := range 4 {
		column := make([]float64, len(s.States))
		for i, x := range s.States {
			column[i] = x[len(x)-1-k]
		}
		d.Rivals = append(d.Rivals, hidden.Column(d.Plan, fmt.Sprintf("nuisance %d", k), column))
	}
	for b.Loop() {
		if _, err := hidden.Measure(context.Background(), d, hidden.Settings{}); err != nil {
			b.Fatal(err)
		}
	}
}

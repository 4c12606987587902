package probe

import (
	"context"
	"fmt"

	"tell/internal/solve"
	"tell/target"
)

// TrainEach trains, at one C, a probe for each target on each of several sets of
// rows, all side by side, and hands them to visit with the margins that they give
// to all rows, which are valid until it returns. Family, standardisation and
// tolerance are those of the settings. A set of rows on which a target is not
// stated, or has one label, is an error.
func TrainEach(ctx context.Context, x Rows, targets []target.Column, train [][]bool, s *Settings, C float64, visit func(set, target int, p *Probe, margin []float64)) error {
	var labels [][]float64
	var tasks []*task
	for k, y := range targets {
		of := Settings{}
		if s != nil {
			of = *s
		}
		of.Only = make([]bool, y.Len())
		for i := range of.Only {
			for _, in := range train {
				of.Only[i] = of.Only[i] || i < len(in) && in[i]
			}
		}
		t, err := of.task(x, y)
		if err == nil {
			err = t.wholeRows("probes on sets of rows")
		}
		if err != nil {
			return fmt.Errorf("target %d: %w", k, err)
		}
		tasks = append(tasks, t)
		labels = append(labels, t.labels())
	}
	if tasks == nil {
		return fmt.Errorf("probe: found no target")
	}
	together := len(targets)
	if tasks[0].Balanced {
		together = 1 // weights follow the labels
	}
	for lo := 0; lo < len(targets); lo += together {
		var splits []solve.Split
		for _, in := range train {
			splits = append(splits, tasks[lo].split(labels[lo], in))
		}
		err := tasks[0].family.Fit(ctx, x.design, splits, labels[lo:lo+together], []float64{C}, func(f *solve.Fit) {
			visit(f.Split, lo+f.Target, tasks[lo+f.Target].keep(f), f.Margin)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

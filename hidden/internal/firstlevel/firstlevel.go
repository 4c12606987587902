// Package firstlevel scores rows by probes for the tests and the simulations of
// package hidden: out of fold, and within every unit out of its inner folds.
package firstlevel

import (
	"context"
	"slices"

	"tell/folds"
	"tell/gap/planted"
	"tell/hidden"
	"tell/internal/solve"
	"tell/target"
)

// grid is coarse, for speed.
var grid = []float64{0.001, 0.01, 0.1, 1}

// Score gives the logits of a logistic probe on x.
func Score(p *folds.Plan, name string, x [][]float64, y []int) (hidden.Predictor, error) {
	var data []float64
	for _, row := range x {
		data = append(data, row...)
	}
	out := hidden.Predictor{Name: name, Score: p.NewScores()}
	design, err := solve.NewDense(len(x), len(x[0]), data)
	if err != nil {
		return out, err
	}
	label := solve.Targets(y)
	var splits []solve.Split
	for _, u := range p.Units {
		for f := -1; f < p.Inner; f++ {
			splits = append(splits, solve.Split{Train: u.Without(f)})
		}
	}
	margin := make([][][]float64, len(splits)) // split, C, row
	for i := range margin {
		margin[i] = make([][]float64, len(grid))
	}
	err = solve.Logistic{Tol: 1e-6}.Fit(context.Background(), design, splits, label, grid, func(f *solve.Fit) {
		margin[f.Split][f.CIndex] = slices.Clone(f.Margin)
	})
	if err != nil {
		return out, err
	}
	for k, u := range p.Units {
		outer, inner := margin[k*(1+p.Inner)], margin[k*(1+p.Inner)+1:(k+1)*(1+p.Inner)]
		loss := make([]float64, len(grid))
		for i, f := range u.InnerFold {
			for c := range grid {
				if f >= 0 {
					loss[c] += solve.LogisticLoss((2*label[0][i] - 1) * inner[f][c][i])
				}
			}
		}
		best := slices.Index(loss, slices.Min(loss))
		score := make([]float64, len(y))
		for i, f := range u.InnerFold {
			if f < 0 {
				out.Score[u.Repeat][i] = outer[best][i]
			} else {
				score[i] = inner[f][best][i]
			}
		}
		out.Inner = append(out.Inner, score)
	}
	return out, nil
}

// Planted is a sample of a world with its probe and rivals: text that sees the
// cues, the behaviour or the model's log-odds, and the peer.
func Planted(w planted.States, seed uint64, repeats int) (hidden.Data, error) {
	s := w.Draw(seed)
	var ids []string
	for i := range s.Label {
		ids = append(ids, string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)))
	}
	p, err := folds.New(ids, s.Group, s.Label, 2, folds.Settings{Seed: seed, Repeats: repeats})
	if err != nil {
		return hidden.Data{}, err
	}
	d := hidden.Data{Plan: p, Target: target.Binary(s.Label)}
	if d.Probe, err = Score(p, "probe", s.States, s.Label); err != nil {
		return d, err
	}
	behaviour := hidden.Levels(p, "behaviour", s.Behaviour, "0", "1")
	if w.GivenGraded {
		behaviour = hidden.Column(p, "behaviour", s.Graded)
	}
	behaviour.Behaviour = true
	d.Rivals = append(d.Rivals, behaviour)
	if w.Cues > 0 {
		text, err := Score(p, "text", s.Cues, s.Label)
		if err != nil {
			return d, err
		}
		d.Rivals = append(d.Rivals, text)
	}
	if w.GivenPeer {
		peer, err := Score(p, "peer", s.Peer, s.Label)
		if err != nil {
			return d, err
		}
		d.Rivals = append(d.Rivals, peer)
	}
	return d, nil
}

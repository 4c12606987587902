package probe

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/folds"
	"tell/internal/solve"
	"tell/target"
)

// Description is an online code of the labels by growing shares of the groups.
type Description struct {
	// Bits is what the label of every row takes, in every order of the groups.
	Bits [][]float64
	// Fits counts the probes trained, NotConverged those among them that stopped
	// before the tolerance.
	Fits, NotConverged int
}

// Portions is the number of portions that the groups are coded in, where there are
// enough of them: 1/16, as many again, 1/8, 1/4 and 1/2.
const Portions = 5

// A Coding is random orders of the groups, each cut into portions that double what is
// known: every portion has as many groups as all before it, and the first a sixteenth
// of them, one at least.
type Coding struct {
	portion  [][]int // order, row
	portions int
}

// CodingOf orders the groups of a plan. The same seed gives the same orders whatever
// is coded.
func CodingOf(p *folds.Plan, seed uint64, orders int) *Coding {
	c := &Coding{}
	for o := range orders {
		place := p.Order(seed, o)
		groups := 1 + slices.Max(place)
		var ends []int // of all portions but the last
		for k := Portions - 1; k > 0; k-- {
			if end := groups >> k; end > 0 && (ends == nil || end > ends[len(ends)-1]) {
				ends = append(ends, end)
			}
		}
		c.portions = 1 + len(ends)
		portion := make([]int, len(place))
		for i, at := range place {
			for _, end := range ends {
				if at >= end {
					portion[i]++
				}
			}
		}
		c.portion = append(c.portion, portion)
	}
	return c
}

// Shares is the code of a reader who knows no states: in bits, by the shares of the
// levels in the portions before, half a row of each level added.
func (c *Coding) Shares(y target.Column) [][]float64 {
	bits := make([][]float64, len(c.portion))
	for o, portion := range c.portion {
		bits[o] = make([]float64, len(portion))
		count := make([]float64, len(y.Levels))
		for k := range c.portions {
			all := 0.0
			for _, n := range count {
				all += n + 0.5
			}
			next := slices.Clone(count)
			for i, v := range y.Ints() {
				if portion[i] == k {
					bits[o][i] = -math.Log2((count[v] + 0.5) / all)
					next[v]++
				}
			}
			count = next
		}
	}
	return bits
}

// Mixture is one code of several, such as those of all layers, none of which is chosen:
// each is weighted in every portion by how well it coded those before. Codes hold bits
// by order and row.
func (c *Coding) Mixture(codes [][][]float64) [][]float64 {
	bits := make([][]float64, len(c.portion))
	for o, portion := range c.portion {
		bits[o] = make([]float64, len(portion))
		code := newMixture(len(codes))
		for k := range c.portions {
			var rows []int
			for i, of := range portion {
				if of == k {
					rows = append(rows, i)
				}
			}
			nats := make([][]float64, len(codes))
			for n, of := range codes {
				nats[n] = make([]float64, len(rows))
				for j, i := range rows {
					nats[n][j] = of[o][i] * math.Ln2
				}
			}
			for j, v := range code.bits(nats) {
				bits[o][rows[j]] = v
			}
		}
	}
	return bits
}

// Describe measures the online (prequential) code length of the labels (Voita and
// Titov 2020, "Information-Theoretic Probing with Minimum Description Length"): the
// groups come in a random order, in portions that each double what is known; the
// first is coded with as many bits a row as the levels take, each other one with the
// probabilities of probes that are trained on all before it. These are the mean of
// those of all C, each weighted by how well it coded the portions before, so that
// nothing is chosen with labels that are yet to be sent. A portion whose training
// rows lack a level is coded like the first.
//
// Each order of the groups has a code of its own. The probes of all orders, portions
// and C advance side by side. Only the labels of a target with levels can be coded.
func Describe(ctx context.Context, x Rows, y target.Column, s *Settings, orders int) (*Description, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	switch {
	case !y.Leveled():
		return nil, fmt.Errorf("probe: a target of kind %s has no code length, expected one with levels", y.Kind)
	case orders < 1:
		return nil, fmt.Errorf("probe: found %d orders, expected at least 1", orders)
	case t.Only != nil:
		return nil, fmt.Errorf("probe: found marks of rows to train on, expected none where labels are coded")
	}
	if err := t.wholeRows("a description"); err != nil {
		return nil, err
	}
	return t.describe(ctx, x, CodingOf(t.plan, t.Seed, orders))
}

func (t *task) describe(ctx context.Context, x Rows, coding *Coding) (*Description, error) {
	type portion struct{ order, number int }
	y, in := t.y, coding.portion
	var splits []solve.Split
	var of []portion
	for o := range in {
		for k := 1; k < coding.portions; k++ {
			train := make([]bool, y.Len())
			for i := range train {
				train[i] = in[o][i] < k
			}
			if t.trainsAll(train) {
				splits, of = append(splits, t.split(y.Values, train)), append(of, portion{o, k})
			}
		}
	}
	d := &Description{}
	nats := make([][][]float64, len(splits)) // split, C, row of the portion
	for i := range nats {
		nats[i] = make([][]float64, len(t.C))
	}
	rows, cols := x.Dims()
	together := solve.Together(rows, cols)
	for lo := 0; lo < len(splits); lo += together {
		err := t.family.Fit(ctx, x.design, splits[lo:min(lo+together, len(splits))], [][]float64{y.Values}, t.C, func(f *solve.Fit) {
			d.Fits++
			if f.Status != solve.Converged {
				d.NotConverged++
			}
			of := of[lo+f.Split]
			var loss []float64
			for i, k := range in[of.order] {
				if k == of.number {
					loss = append(loss, t.shape.loss(y.Values[i], f, i))
				}
			}
			nats[lo+f.Split][f.CIndex] = loss
		})
		if err != nil {
			return nil, err
		}
	}
	uniform := math.Log2(float64(len(y.Levels)))
	for o := range in {
		bits := make([]float64, y.Len())
		for i := range bits {
			bits[i] = uniform
		}
		code := newMixture(len(t.C))
		for split, p := range of {
			if p.order != o {
				continue
			}
			next := 0
			coded := code.bits(nats[split])
			for i, k := range in[o] {
				if k == p.number {
					bits[i] = coded[next]
					next++
				}
			}
		}
		d.Bits = append(d.Bits, bits)
	}
	return d, nil
}

// trainsAll tells whether every level is among training rows that count.
func (t *task) trainsAll(train []bool) bool {
	seen, n := make([]bool, len(t.y.Levels)), 0
	for i, v := range t.y.Ints() {
		if train[i] && (t.Weight == nil || t.Weight[i] > 0) && !seen[v] {
			seen[v] = true
			n++
		}
	}
	return n == len(seen)
}

// mixture codes with several codes at once, each weighted by the probability that it
// gave all that was coded before.
type mixture struct{ nats []float64 }

func newMixture(codes int) *mixture { return &mixture{make([]float64, codes)} }

// bits codes a portion, of which nats holds what the labels take in each code.
func (m *mixture) bits(nats [][]float64) []float64 {
	coded := make([]float64, len(nats[0]))
	for i := range coded {
		coded[i] = m.logMean(func(c int) float64 { return -nats[c][i] }) / -math.Ln2
	}
	for c, of := range nats {
		for _, v := range of {
			m.nats[c] += v
		}
	}
	return coded
}

// logMean is the logarithm of the weighted mean of exp(x).
func (m *mixture) logMean(x func(code int) float64) float64 {
	above := func(shift func(c int) float64) float64 {
		most := math.Inf(-1)
		for c := range m.nats {
			most = max(most, shift(c))
		}
		sum := 0.0
		for c := range m.nats {
			sum += math.Exp(shift(c) - most)
		}
		return most + math.Log(sum)
	}
	return above(func(c int) float64 { return x(c) - m.nats[c] }) - above(func(c int) float64 { return -m.nats[c] })
}

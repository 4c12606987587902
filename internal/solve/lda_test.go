package solve_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tell/internal/solve"
)

// Margins are scikit-learn's up to a number that all classes of a row share.
func TestLDAMargins(t *testing.T) {
	ref := readReference(t)
	margins := ref.Margins
	for _, c := range ref.Cases {
		if c.Family != "lda" {
			continue
		}
		want := margins[0]
		margins = margins[1:]
		family, err := solve.NewFamily(c.Family, c.Kind, solve.Options{Levels: c.Levels})
		if err != nil {
			t.Fatal(err)
		}
		split := solve.Split{Train: make([]bool, len(c.Train))}
		for i, in := range c.Train {
			split.Train[i] = in == 1
		}
		err = family.Fit(t.Context(), dumpOf(t, c.Dump), []solve.Split{split}, [][]float64{c.Y}, c.C, func(f *solve.Fit) {
			n, largest := len(c.Y), 0.0
			for _, row := range want {
				largest = max(largest, slices.Max(row)-slices.Min(row), math.Abs(row[0]))
			}
			for i, row := range want {
				at := i * ref.Every
				for k := range row {
					got, want := f.Margin[k*n+at], row[k]
					if len(row) > 1 {
						got, want = got-f.Margin[at], want-row[0]
					}
					if !(math.Abs(got-want) <= 1e-6*largest) {
						t.Fatalf("%s, row %d, output %d: margin %v, scikit-learn %v", c.Name, at, k, got, want)
					}
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	if len(margins) != 0 {
		t.Errorf("%d cases of margins are left", len(margins))
	}
}

// The form that permutations are tested with is the textbook's discriminant of the
// covariance within classes, (1-s) T + s mu I less the spread between classes, where
// T is that of all rows.
func TestPooledLDA(t *testing.T) {
	all := dumpOf(t, "arithmetic")
	ref := readReference(t)
	var y []float64
	for _, c := range ref.Cases {
		if c.Family == "lda" && c.Levels == 3 {
			y = c.Y
		}
	}
	for _, c := range []struct {
		name string
		x    *solve.Dense
		step int
	}{{"fewer rows", all, 9}, {"more rows", states(t, 1, 3, 60, "arithmetic", "layers.npy"), 2}} {
		n, d := c.x.Dims()
		split := solve.Split{Train: make([]bool, n)}
		var rows []int
		for i := 0; i < n; i += c.step {
			split.Train[i] = true
			rows = append(rows, i)
		}
		raw := mat.NewDense(n, d, nil)
		row := make([]float64, n*d)
		eye := make([]float64, d*d)
		for j := range d {
			eye[j*d+j] = 1
		}
		_ = c.x.Pass(func(b solve.Block) { b.Forward(row, eye, d) })
		for i := range n {
			for j := range d {
				raw.Set(i, j, row[j*n+i])
			}
		}
		naive := naivePooled(raw, rows, y)
		fits := 0
		err := solve.LDA{Levels: 3, Pooled: true}.Fit(t.Context(), c.x, []solve.Split{split}, [][]float64{y, y}, []float64{1}, func(f *solve.Fit) {
			fits++
			for i := range n {
				if split.Train[i] {
					continue
				}
				for k := range 2 {
					got := f.Margin[(k+1)*n+i] - f.Margin[i]
					want := naive[(k+1)*n+i] - naive[i]
					if !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
						t.Fatalf("%s: row %d, class %d against 0: margin %v, textbook %v", c.name, i, k+1, got, want)
					}
				}
			}
		})
		if err != nil || fits != 2 {
			t.Errorf("%d fits, %v", fits, err)
		}
		// So many targets share whitened rows in single precision on more rows than columns;
		// equal targets in different batches are then told alike.
		many := slices.Repeat([][]float64{y}, 130)
		first := make([]float64, 3*n)
		err = solve.LDA{Levels: 3, Pooled: true}.Fit(t.Context(), c.x, []solve.Split{split}, many, []float64{1}, func(f *solve.Fit) {
			if f.Target == 0 {
				copy(first, f.Margin)
			}
			for i := range n {
				for k := range 3 {
					if split.Train[i] {
						continue
					}
					if f.Margin[k*n+i] != first[k*n+i] {
						t.Fatalf("%s: target %d, row %d: margin %v of class %d, of the same target before %v", c.name, f.Target, i, f.Margin[k*n+i], k, first[k*n+i])
					}
					got, want := f.Margin[k*n+i]-f.Margin[i], naive[k*n+i]-naive[i]
					if !(math.Abs(got-want) <= 1e-4*(1+math.Abs(want))) {
						t.Fatalf("%s: target %d, row %d, class %d against 0: margin %v, textbook %v", c.name, f.Target, i, k, got, want)
					}
				}
			}
		})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func naivePooled(x *mat.Dense, rows []int, y []float64) []float64 {
	n, d := x.Dims()
	m := float64(len(rows))
	z := mat.NewDense(n, d, nil)
	for j := range d {
		var mean, square float64
		for _, i := range rows {
			mean += x.At(i, j) / m
		}
		for _, i := range rows {
			square += (x.At(i, j) - mean) * (x.At(i, j) - mean) / m
		}
		for i := range n {
			z.Set(i, j, (x.At(i, j)-mean)/math.Sqrt(square))
		}
	}
	total := mat.NewDense(d, d, nil)
	beta := 0.0
	for _, i := range rows {
		r := z.RowView(i)
		total.RankOne(total, 1/m, r, r)
		q := mat.Dot(r, r)
		beta += q * q
	}
	delta := 0.0
	for i := range d {
		for j := range d {
			delta += total.At(i, j) * total.At(i, j)
		}
	}
	// Variances are 1, and so is their mean.
	w := float64(d)
	beta = (beta/m - delta) / (w * m)
	delta = (delta - w) / w
	s := min(beta, delta) / delta
	within := mat.NewDense(d, d, nil)
	within.Scale(1-s, total)
	for j := range d {
		within.Set(j, j, within.At(j, j)+s)
	}
	var count [3]float64
	means := mat.NewDense(d, 3, nil)
	for _, i := range rows {
		k := int(y[i])
		count[k]++
		for j := range d {
			means.Set(j, k, means.At(j, k)+z.At(i, j))
		}
	}
	for k := range count {
		for j := range d {
			means.Set(j, k, means.At(j, k)/count[k])
		}
		within.RankOne(within, -(1-s)*count[k]/m, means.ColView(k), means.ColView(k))
	}
	var solved mat.Dense
	if err := solved.Solve(within, means); err != nil {
		panic(err)
	}
	margin := make([]float64, 3*n)
	for k := range count {
		b := math.Log(count[k]/m) - mat.Dot(means.ColView(k), solved.ColView(k))/2
		for i := range n {
			margin[k*n+i] = b + mat.Dot(z.RowView(i), solved.ColView(k))
		}
	}
	return margin
}

func TestLDATakesNoWeights(t *testing.T) {
	x := dumpOf(t, "taste")
	n, _ := x.Dims()
	y, weight := make([]float64, n), make([]float64, n)
	for i := range y {
		y[i], weight[i] = float64(i%2), 1
	}
	s := everyRow(n)
	s.Weight = weight
	if err := (solve.LDA{}).Fit(t.Context(), x, []solve.Split{s}, [][]float64{y}, []float64{1}, func(*solve.Fit) {}); err == nil {
		t.Error("weighted rows were taken")
	}
}

// Where shrinkage is too slight for single precision, many targets are what one is.
func TestPooledLDAWithoutShrinkage(t *testing.T) {
	const n, d = 12000, 4
	rng := rand.New(rand.NewPCG(1, 2))
	data, y := make([]float64, n*d), make([]float64, n)
	for i := range n {
		common := rng.NormFloat64()
		for j := range d {
			data[i*d+j] = common + 0.1*rng.NormFloat64()
		}
		y[i] = float64(i % 3)
	}
	x, err := solve.NewDense(n, d, data)
	if err != nil {
		t.Fatal(err)
	}
	split := everyRow(n)
	for i := 0; i < n; i += 10 {
		split.Train[i] = false
	}
	var margins [2][]float64
	for k, targets := range []int{1, 100} {
		err := solve.LDA{Levels: 3, Pooled: true}.Fit(t.Context(), x, []solve.Split{split}, slices.Repeat([][]float64{y}, targets), []float64{1}, func(f *solve.Fit) {
			margins[k] = slices.Clone(f.Margin)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range margins[0] {
		if !(math.Abs(m-margins[1][i]) <= 1e-10) {
			t.Fatalf("margin %d: %v of one target, %v of the same among many", i, m, margins[1][i])
		}
	}
}

// Among so many that they are made in single precision, targets are what they are alone, one
// that the columns give away as well.
func TestPooledLDAInSinglePrecision(t *testing.T) {
	x := states(t, 1, 0, 3, "arithmetic", "layers.npy")
	n, _ := x.Dims()
	rng := rand.New(rand.NewPCG(3, 4))
	split := everyRow(n)
	for i := 0; i < n; i += 5 {
		split.Train[i] = false
	}
	var y []float64
	for _, c := range readReference(t).Cases {
		if c.Family == "lda" && c.Levels == 3 {
			y = c.Y
		}
	}
	// What the first two columns say, and permutations of y.
	away := make([]float64, n)
	_ = x.Pass(func(b solve.Block) {
		b.Forward(away, append([]float64{1, 1}, make([]float64, 190)...), 1)
	})
	sorted := slices.Sorted(slices.Values(away))
	for i, v := range away {
		place, _ := slices.BinarySearch(sorted, v)
		away[i] = float64(3 * place / n)
	}
	targets := [][]float64{y, away}
	for range 70 {
		drawn := slices.Clone(y)
		rng.Shuffle(n, func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
		targets = append(targets, drawn)
	}
	alone := make(map[int][]float64)
	for _, some := range [][][]float64{targets[:6], targets} {
		err := solve.LDA{Levels: 3, Pooled: true}.Fit(t.Context(), x, []solve.Split{split, split}, some, []float64{1}, func(f *solve.Fit) {
			want, ok := alone[f.Target]
			if !ok {
				alone[f.Target] = slices.Clone(f.Margin)
				return
			}
			var gap, all float64
			for i := range n {
				for k := 1; k < 3; k++ {
					got, want := f.Margin[k*n+i]-f.Margin[i], want[k*n+i]-want[i]
					gap += (got - want) * (got - want)
					all += want * want
				}
			}
			enough := 1e-4
			if f.Target == 0 { // which is given away
				enough = 1e-7
			}
			if !(math.Sqrt(gap/all) <= enough) {
				t.Errorf("target %d: margins are %g of their spread away from those of the target alone", f.Target, math.Sqrt(gap/all))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Columns that are all constant, as those of a first layer are, tell nothing but the shares.
func TestLDAOfConstantColumns(t *testing.T) {
	const n, d = 30, 8
	x, err := solve.NewDense(n, d, slices.Repeat([]float64{4}, n*d))
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, n)
	for i := range 10 {
		y[i] = 1
	}
	for name, rows := range map[string]int{"more rows": n - 3, "fewer rows": d - 1} {
		split := solve.Split{Train: make([]bool, n)}
		ones := 0.
		for i := range rows {
			split.Train[i] = true
			ones += y[i*7%n]
		}
		target := make([]float64, n)
		for i := range target {
			target[i] = y[i*7%n]
		}
		for _, pooled := range []bool{false, true} {
			err := solve.LDA{Pooled: pooled}.Fit(t.Context(), x, []solve.Split{split}, [][]float64{target}, []float64{1}, func(f *solve.Fit) {
				if want := math.Log(ones / (float64(rows) - ones)); !(math.Abs(f.Margin[n-1]-want) <= 1e-12) {
					t.Errorf("%s, pooled %v: margin %v, expected %v", name, pooled, f.Margin[n-1], want)
				}
			})
			if err != nil {
				t.Errorf("%s, pooled %v: %v", name, pooled, err)
			}
		}
	}
}

// The units of a column and other splits change no margin, also where it is constant in a class.
func TestLDAHasNoUnits(t *testing.T) {
	const n, d = 60, 5
	margins := func(unit float64, alone bool) (all []float64) {
		rng, data, y := rand.New(rand.NewPCG(7, 8)), make([]float64, n*d), make([]float64, n)
		for i := range n {
			y[i] = float64(i % 3)
			for j := range d {
				data[i*d+j] = rng.NormFloat64()
			}
			if i%3 == 1 {
				data[i*d+2] = 0.3
			}
			data[i*d+2] *= unit
		}
		x, err := solve.NewDense(n, d, data)
		if err != nil {
			t.Fatal(err)
		}
		split := solve.Split{Train: slices.Repeat([]bool{true}, n)}
		split.Train[5] = false
		splits := []solve.Split{{Train: slices.Repeat([]bool{true, true, true, false, false, false}, n/6)}, split}
		if alone {
			splits = splits[1:]
		}
		err = solve.LDA{Levels: 3}.Fit(t.Context(), x, splits, [][]float64{y}, []float64{1}, func(f *solve.Fit) {
			all = nil // but of the last split
			for i := range f.Margin {
				all = append(all, f.Margin[i]-f.Margin[i%n])
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := margins(1, true)
	for _, unit := range []float64{1e-4, 1, 1e4} {
		for i, m := range margins(unit, false) {
			if !(math.Abs(m-want[i]) <= 1e-5) {
				t.Fatalf("unit %g: margin %v, expected %v", unit, m, want[i])
			}
		}
	}
}

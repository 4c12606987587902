package folds

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

func TestPermuteLabelsKeepsItsInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label, group := drawGroups(t)
		k := rapid.IntRange(1, 4).Draw(t, "folds")
		fold := make([]int, len(group))
		for i, g := range group {
			fold[i] = ((g+11)/7)%k + 3
		}
		if rapid.Bool().Draw(t, "no folds") {
			fold = nil
		}
		seed := rapid.Uint64().Draw(t, "seed")
		permuted := PermuteLabels(label, group, fold, seed, 3)
		if !slices.Equal(permuted, PermuteLabels(label, group, fold, seed, 3)) {
			t.Fatal("the same seed and draw gave other labels")
		}

		type class struct {
			fold, rows int
			kind       blockKind
		}
		census := func(label []int) map[class][]int {
			ones := make(map[class][]int)
			for _, b := range blocksIn(t, label, group, fold, nil) {
				c := class{b.fold, b.rows, b.kind}
				ones[c] = append(ones[c], b.count[1])
			}
			for _, s := range ones {
				slices.Sort(s)
			}
			return ones
		}
		if before, after := census(label), census(permuted); !maps.EqualFunc(before, after, slices.Equal) {
			t.Fatalf("label counts of the groups changed from %v to %v", before, after)
		}
		for _, b := range blocksIn(t, label, group, fold, nil) {
			if b.kind != evenBlock {
				continue
			}
			first := b.units[0].rows[0]
			for row := range group {
				if group[row] == b.group && (permuted[row] != label[row]) != (permuted[first] != label[first]) {
					t.Fatalf("the halves of group %d were torn apart", b.group)
				}
			}
		}
	})
}

// All arrangements of a small case are drawn, equally often.
func TestPermuteLabelsIsUniform(t *testing.T) {
	for _, c := range []struct {
		name               string
		label, group, fold []int
		want               float64
	}{
		{"constant", []int{0, 0, 1, 1, 0, 0, 1, 1}, []int{4, 4, 2, 2, 1, 1, 9, 9}, nil, 6},
		{"constant of different sizes", []int{0, 0, 1, 1, 1, 0}, []int{0, 0, 1, 1, 2, 3}, nil, 4},
		{"constant within folds", []int{0, 0, 1, 1, 0, 0, 1, 1}, []int{0, 0, 1, 1, 2, 2, 3, 3}, []int{0, 0, 0, 0, 1, 1, 1, 1}, 4},
		{"even", []int{0, 0, 1, 1, 0, 1}, []int{0, 0, 0, 0, 1, 1}, nil, 4},
		{"uneven", []int{0, 0, 1, 1, 1, 0}, []int{0, 0, 0, 1, 1, 1}, nil, 18},
		{"uneven, one orientation", []int{0, 0, 1, 1, 0, 0}, []int{0, 0, 0, 1, 1, 1}, nil, 9},
		{"single rows", []int{0, 0, 1, 1, 1}, []int{0, 1, 2, 3, 4}, nil, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Arrangements(c.label, c.group, c.fold); got != c.want {
				t.Fatalf("%v arrangements, expected %v", got, c.want)
			}
			const draws = 18000
			seen := make(map[string]int)
			for draw := range draws {
				seen[fmt.Sprint(PermuteLabels(c.label, c.group, c.fold, 1, draw))]++
			}
			if float64(len(seen)) != c.want {
				t.Fatalf("%d arrangements were drawn, expected %v", len(seen), c.want)
			}
			if seen[fmt.Sprint(c.label)] == 0 {
				t.Error("the observed labels are not among the draws")
			}
			expected := draws / c.want
			var chi2 float64
			for _, n := range seen {
				chi2 += (float64(n) - expected) * (float64(n) - expected) / expected
			}
			if p := (distuv.ChiSquared{K: c.want - 1}).Survival(chi2); p < 1e-3 {
				t.Errorf("the draws are not uniform: %v (chi-squared %.1f, p = %.2g)", seen, chi2, p)
			}
		})
	}
}

func TestArrangementsOfManyGroups(t *testing.T) {
	label, group := make([]int, 4000), make([]int, 4000)
	for i := range label {
		label[i], group[i] = i%2, i/2
	}
	if n := Arrangements(label, group, nil); !math.IsInf(n, 1) {
		t.Errorf("%v arrangements, expected more than a float64 holds", n)
	}
}

// planted holds rows whose features know nothing of the labels.
type planted struct {
	x                   *mat.Dense
	label, group, claim []int
}

// claim is rows that share a draw of the features, up to a little noise.
type claim struct{ rows, label int }

// plant draws groups made of claims. Rows share their group's features to the
// extent of groupShare.
func plant(rng *rand.Rand, groups int, groupShare float64, claimsOf func(*rand.Rand) []claim) planted {
	const width = 3
	var p planted
	var values []float64
	normal := func() (v [width]float64) {
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	for g := range groups {
		shared := normal()
		for number, u := range claimsOf(rng) {
			own := normal()
			for range u.rows {
				noise := normal()
				for k := range width {
					values = append(values, groupShare*shared[k]+own[k]+0.2*noise[k])
				}
				p.label, p.group, p.claim = append(p.label, u.label), append(p.group, g), append(p.claim, number)
			}
		}
	}
	p.x = mat.NewDense(len(p.label), width, values)
	return p
}

// ridgeScores are the out-of-fold scores of ridge regression with an intercept,
// for several labels at once.
func ridgeScores(x *mat.Dense, labels [][]int, folds []int, k int) [][]float64 {
	rows, width := x.Dims()
	scores := make([][]float64, len(labels))
	for i := range scores {
		scores[i] = make([]float64, rows)
	}
	for f := range k {
		inverse := foldInverse(x, folds, f)
		for q, label := range labels {
			moment := make([]float64, width+1)
			for i := range rows {
				if folds[i] != f && label[i] == 1 {
					floats.Add(moment[:width], x.RawRowView(i))
					moment[width]++
				}
			}
			var w mat.VecDense
			w.MulVec(inverse, mat.NewVecDense(width+1, moment))
			weights := w.RawVector().Data
			for i := range rows {
				if folds[i] == f {
					scores[q][i] = floats.Dot(weights[:width], x.RawRowView(i)) + weights[width]
				}
			}
		}
	}
	return scores
}

// foldInverse is the inverse of XᵀX + I over the rows of the other folds, where
// X has a last column of ones that is not penalised.
func foldInverse(x *mat.Dense, folds []int, f int) *mat.SymDense {
	rows, width := x.Dims()
	gram := mat.NewSymDense(width+1, nil)
	row := mat.NewVecDense(width+1, nil)
	row.SetVec(width, 1)
	for i := range rows {
		if folds[i] != f {
			copy(row.RawVector().Data, x.RawRowView(i))
			gram.SymRankOne(gram, 1, row)
		}
	}
	for j := range width {
		gram.SetSym(j, j, gram.At(j, j)+1)
	}
	var factor mat.Cholesky
	if !factor.Factorize(gram) {
		panic("the features are degenerate")
	}
	inverse := mat.NewSymDense(width+1, nil)
	if err := factor.InverseTo(inverse); err != nil {
		panic(err)
	}
	return inverse
}

// sortedAUROC is the AUROC of scores without ties.
func sortedAUROC(label []int, score []float64) float64 {
	sorted, order := slices.Clone(score), make([]int, len(score))
	floats.Argsort(sorted, order)
	ones, ranks := 0, 0
	for r, i := range order {
		if label[i] == 1 {
			ones++
			ranks += r + 1
		}
	}
	zeros := len(label) - ones
	return float64(ranks-ones*(ones+1)/2) / float64(ones*zeros)
}

// nullPValues tests planted data without any effect runs times and counts the
// p-values in bins of equal width 1/(draws+1).
func nullPValues(t *testing.T, runs, draws int, draw func(*rand.Rand) planted,
	permute func(p planted, folds []int, seed uint64, draw int) []int) []int {
	t.Helper()
	const k = 5
	count := make([]int, draws+1)
	for run := range uint64(runs) {
		data := draw(rand.New(rand.NewPCG(17, run)))
		folds, err := Stratified(data.label, 2, data.group, k, run)
		if err != nil {
			t.Fatal(err)
		}
		labels := [][]int{data.label}
		for d := range draws {
			labels = append(labels, permute(data, folds, run, d))
		}
		scores := ridgeScores(data.x, labels, folds, k)
		observed := sortedAUROC(labels[0], scores[0])
		above := 0
		for d := 1; d <= draws; d++ {
			if sortedAUROC(labels[d], scores[d]) >= observed {
				above++
			}
		}
		count[above]++
	}
	return count
}

func byRow(p planted, folds []int, seed uint64, draw int) []int {
	return PermuteLabels(p.label, p.group, folds, seed, draw)
}

func byClaim(p planted, folds []int, seed uint64, draw int) []int {
	permuter, err := NewPermuter(p.label, p.group, folds, p.claim)
	if err != nil {
		panic(err)
	}
	return permuter.Draw(seed, draw)
}

func blocksIn(t interface{ Fatal(...any) }, label, group, fold, unit []int) []block {
	blocks, err := blocksOf(label, group, fold, unit)
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

var designs = []struct {
	name string
	draw func(*rand.Rand) planted
}{
	{"constant labels, four paraphrases", func(rng *rand.Rand) planted {
		return plant(rng, 40, 0, func(rng *rand.Rand) []claim {
			return []claim{{4, rng.IntN(2)}}
		})
	}},
	{"constant labels, groups of different sizes", func(rng *rand.Rand) planted {
		return plant(rng, 40, 0, func(rng *rand.Rand) []claim {
			return []claim{{3 + rng.IntN(2), rng.IntN(2)}}
		})
	}},
	{"even groups, one claim in three wordings against three claims", func(rng *rand.Rand) planted {
		return plant(rng, 40, 1, func(rng *rand.Rand) []claim {
			return []claim{{3, 0}, {1, 1}, {1, 1}, {1, 1}}
		})
	}},
	{"uneven groups, one of four rows", func(rng *rand.Rand) planted {
		return plant(rng, 40, 1, func(rng *rand.Rand) []claim {
			return []claim{{1, 1}, {1, 0}, {1, 0}, {1, 0}}
		})
	}},
	{"all kinds, labels drawn row by row", func(rng *rand.Rand) planted {
		return plant(rng, 40, 2, func(rng *rand.Rand) []claim {
			return []claim{{1, rng.IntN(2)}, {1, rng.IntN(2)}, {1, rng.IntN(2)}, {1, rng.IntN(2)}}
		})
	}},
	{"uneven groups, three wordings of each of three claims", func(rng *rand.Rand) planted {
		return plant(rng, 40, 1, func(rng *rand.Rand) []claim {
			return []claim{{3, 1}, {3, 0}, {3, rng.IntN(2)}}
		})
	}},
}

// Where the features know nothing of the labels, permutation p-values are
// uniform, so that a test at level p errs with probability p.
func TestPermutationPValuesAreUniform(t *testing.T) {
	const runs, draws = 200, 9
	for i, design := range designs {
		permute := byRow
		if i == len(designs)-1 {
			permute = byClaim
		}
		t.Run(design.name, func(t *testing.T) {
			t.Parallel()
			count := nullPValues(t, runs, draws, design.draw, permute)
			var chi2 float64
			for _, n := range count {
				d := float64(n) - float64(runs)/(draws+1)
				chi2 += d * d / (float64(runs) / (draws + 1))
			}
			if p := (distuv.ChiSquared{K: draws}).Survival(chi2); p < 1e-3 {
				t.Errorf("p-values are not uniform: %v (chi-squared %.1f, p = %.2g)", count, chi2, p)
			}
		})
	}
}

// The simpler schemes that PermuteLabels avoids do err, on the same data.
func TestSimplerPermutationsErr(t *testing.T) {
	const runs, draws = 200, 9
	acrossFolds := func(p planted, _ []int, seed uint64, draw int) []int {
		return PermuteLabels(p.label, p.group, nil, seed, draw)
	}
	shuffleRows := func(p planted, _ []int, seed uint64, draw int) []int {
		permuted := slices.Clone(p.label)
		shuffleWithin(permuted, blocksIn(t, p.label, p.group, nil, nil), rand.New(rand.NewPCG(seed, uint64(draw))))
		return permuted
	}
	for _, c := range []struct {
		name    string
		design  int
		permute func(p planted, folds []int, seed uint64, draw int) []int
	}{
		{"exchange across stratified folds", 0, acrossFolds},
		{"single rows of even groups", 2, shuffleRows},
		{"single rows of claims in uneven groups", len(designs) - 1, byRow},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			count := nullPValues(t, runs, draws, designs[c.design].draw, c.permute)
			t.Log(count)
			if rate := float64(count[0]) / runs; rate < 0.13 {
				t.Errorf("p <= 0.1 in %.3f of the runs: the case no longer shows why the scheme is avoided", rate)
			}
		})
	}
}

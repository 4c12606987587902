package run_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"tell/result"
	"tell/run"
	"tell/study"
)

const joinedKeys = `
probe: {C: [0.003, 0.1, 3], folds: 3, inner_folds: 3, repeats: 2, tol: 1e-13, layers_joined: [mean, stack], sparse_path: [1, 3]}
controls: {permutations: 0, bootstrap: 100}
seed: 11
`

// Layers joined and probes on few columns, computed once more by naive code.
func TestSecondJoined(t *testing.T) {
	d := readSecond(t, plantSecond(t, 84, 6, [][]float64{{0.35}, {0.5}}, 2))
	table := runJoined(t, d.dir, run.Options{Workers: 2})
	units := secondUnits(t, d.y, d.item, 3, 3, 2, 11)
	all := slices.Repeat([]bool{true}, len(d.y))
	x := [][][]float64{d.at(0, 0), d.at(1, 0)}
	var curves []naiveCurve
	for _, layer := range x {
		curves = append(curves, naiveValidate(layer, d.y, units, 3, 2, secondGrid))
	}
	_, nested := naiveChoice(curves, units)
	check := func(block result.Block, predictor, columns string, score [][]float64) {
		t.Helper()
		rows := table.In(block).Of(predictor)
		if columns != "" {
			rows = rows.On(result.Subset{Column: result.Coordinates, Value: columns})
		}
		want, probe := naiveMetrics(d.y, naiveMean(score)), naiveMetrics(d.y, naiveMean(nested))
		for _, c := range []struct {
			key   string
			value float64
		}{{"auroc", want.auroc}, {"log_loss", want.logLoss}, {"auroc_difference", probe.auroc - want.auroc}, {"log_loss_difference", probe.logLoss - want.logLoss}} {
			if got := rows.Estimate(c.key).Value; !(math.Abs(got-c.value) < 1e-6) {
				t.Errorf("%s %s %s: %s %v, want %v", block, predictor, columns, c.key, got, c.value)
			}
		}
	}
	check(result.Joined, "mean", "", naiveMeanOf(curves))
	check(result.Joined, "stack", "", naiveStack(x, d.y, curves, units))
	for _, k := range []int{1, 3} {
		for _, random := range []bool{false, true} {
			var sparse []naiveCurve
			for _, layer := range x {
				fit := func(train []bool, C float64) []float64 {
					columns := rand.New(rand.NewPCG(11, 0x6b737061)).Perm(len(layer[0]))
					if !random {
						columns = naiveFarthest(layer, d.y, train)
					}
					few := make([][]float64, len(layer))
					for i, row := range layer {
						for _, j := range columns[:k] {
							few[i] = append(few[i], row[j])
						}
					}
					return naiveFit(few, d.y, train, C)
				}
				sparse = append(sparse, naiveValidateBy(fit, d.y, all, units, 3, 2, secondGrid))
			}
			_, score := naiveChoice(sparse, units)
			predictor := result.FewColumns
			if random {
				predictor = result.RandomColumns
			}
			check(result.Sparse, predictor, strconv.Itoa(k), score)
		}
	}
}

// Shares that are merged give what the undivided run gives.
func TestJoinedShares(t *testing.T) {
	dir := plantSecond(t, 42, 4, [][]float64{{0.35}, {0.5}}, 2)
	whole, merged := runJoined(t, dir, run.Options{Workers: 2}), runJoined(t, dir, run.Options{Workers: 1, Parts: t.TempDir()})
	if !reflect.DeepEqual(whole, merged) {
		t.Errorf("found\n%v\nexpected\n%v", merged, whole)
	}
	if len(whole.In(result.Sparse)) == 0 || len(whole.In(result.Joined)) == 0 {
		t.Error("no rows")
	}
}

// runJoined runs the study with joined layers; shares are made one after the other
// and merged.
func runJoined(t *testing.T, dir string, o run.Options) result.Table {
	t.Helper()
	path := filepath.Join(dir, "study.yaml")
	text := "activations: {path: x.npy}\nexamples: table.jsonl\nrows: keep\ntarget: y\ngroup: item\n" + joinedKeys
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := study.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if o.Parts != "" {
		for i := 2; i >= 1; i-- {
			if err := run.Share(t.Context(), s, o, i, 2); err != nil {
				t.Fatal(err)
			}
		}
		r, _, err := run.Merge(t.Context(), s, o)
		if err != nil {
			t.Fatal(err)
		}
		return r.Table
	}
	r, _, err := run.Run(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Table
}

func naiveLogit(p float64) float64 { return math.Log(p / (1 - p)) }

// naiveMeanOf is the mean of the curves' logits, as a probability.
func naiveMeanOf(curves []naiveCurve) [][]float64 {
	score := make([][]float64, len(curves[0].score))
	for r := range score {
		score[r] = make([]float64, len(curves[0].score[r]))
		for i := range score[r] {
			for _, c := range curves {
				score[r][i] += naiveLogit(c.score[r][i]) / float64(len(curves))
			}
			score[r][i] = naiveSigmoid(score[r][i])
		}
	}
	return score
}

// naiveStack trains, in every unit, a probe on the logits that the curves give for
// rows which they were not trained on.
func naiveStack(x [][][]float64, y []int, curves []naiveCurve, units []secondUnit) [][]float64 {
	score := make([][]float64, len(curves[0].score))
	for r := range score {
		score[r] = make([]float64, len(y))
	}
	for n, u := range units {
		logits := make([][]float64, len(y))
		for i := range logits {
			logits[i] = make([]float64, len(curves))
		}
		for k, c := range curves {
			for f := range 3 {
				train := make([]bool, len(y))
				for i := range y {
					train[i] = !u.test[i] && u.inner[i] != f
				}
				p := naiveFit(x[k], y, train, c.C[n])
				for i := range y {
					if !u.test[i] && u.inner[i] == f {
						logits[i][k] = naiveLogit(p[i])
					}
				}
			}
			for i := range y {
				if u.test[i] {
					logits[i][k] = naiveLogit(c.score[u.repeat][i])
				}
			}
		}
		second := naiveValidate(logits, y, []secondUnit{u}, 3, 2, secondGrid)
		for i := range y {
			if u.test[i] {
				score[u.repeat][i] = second.score[u.repeat][i]
			}
		}
	}
	return score
}

// naiveFarthest orders columns by how far apart the class means of the training rows
// are, in standard deviations.
func naiveFarthest(x [][]float64, y []int, train []bool) []int {
	z := naiveStandardised(x, train)
	far := make([]float64, len(x[0]))
	for j := range far {
		var sum, n [2]float64
		for i := range z {
			if train[i] {
				sum[y[i]] += z[i][j]
				n[y[i]]++
			}
		}
		far[j] = math.Abs(sum[1]/n[1] - sum[0]/n[0])
	}
	order := make([]int, len(far))
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(far[b], far[a]) })
	return order
}

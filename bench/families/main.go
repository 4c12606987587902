// Families times the probes of one problem of bench/families.py for every family and
// prints what it did as JSON, a line each.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"time"

	"tell/activations"
	"tell/internal/solve"
	"tell/target"
)

type problem struct {
	X      string      `json:"x"`
	Layer  int         `json:"layer"`
	Family string      `json:"family"`
	Kind   target.Kind `json:"kind"`
	Levels int         `json:"levels"`
	Y      []float64   `json:"y"`
	Weight []float64   `json:"weight"` // of the rows, or none
	Fold   []int       `json:"fold"`   // one split without each fold, and one with all rows
	C      []float64   `json:"C"`
}

type outcome struct {
	Seconds      float64     `json:"seconds"`
	Wall         float64     `json:"wall_seconds"`
	Permutations float64     `json:"permutation_seconds"` // at one C, without the fold of all rows
	One          float64     `json:"one_seconds"`         // the same of the target alone
	Objective    []float64   `json:"objective"`
	Scores       [][]float64 `json:"scores,omitempty"` // of the rows outside a split, for every split and C
	NotConverged int         `json:"not_converged"`
}

func main() {
	tol := flag.Float64("tol", 0, "tolerance; 0 for the default")
	scores := flag.Bool("scores", false, "print what every probe says of the rows outside its split")
	permutations := flag.Int("permutations", 0, "permutations of the target to train on as well")
	flag.Parse()
	if err := run(flag.Arg(0), *tol, *scores, *permutations); err != nil {
		fmt.Fprintln(os.Stderr, "families:", err)
		os.Exit(1)
	}
}

func run(path string, tol float64, scores bool, permutations int) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	p := new(problem)
	if err := json.Unmarshal(raw, p); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	x, err := p.read()
	if err != nil {
		return err
	}
	splits := p.splits()
	family, err := solve.NewFamily(p.Family, p.Kind, solve.Options{Tol: tol, Levels: p.Levels})
	if err != nil {
		return err
	}
	ctx := context.Background()
	out := outcome{Objective: make([]float64, len(splits)*len(p.C))}
	if scores {
		out.Scores = make([][]float64, len(out.Objective))
	}
	// As a run over layers, and scikit-learn beside it, those that are timed are not the first.
	const most, enough = 21, 1.0
	var seconds, wall []float64
	for spent := 0.; len(wall) < 2 || len(wall) < most && spent < enough; spent += wall[len(wall)-1] {
		out.NotConverged = 0
		start, began := processor(), time.Now()
		err = family.Fit(ctx, x, splits, [][]float64{p.Y}, p.C, func(f *solve.Fit) {
			if f.Status != solve.Converged {
				out.NotConverged++
			}
			out.Objective[f.Split*len(p.C)+f.CIndex] = f.Objective
			if scores {
				out.Scores[f.Split*len(p.C)+f.CIndex] = p.scores(f)
			}
		})
		if err != nil {
			return err
		}
		seconds, wall = append(seconds, processor()-start), append(wall, time.Since(began).Seconds())
	}
	out.Seconds, out.Wall = middle(seconds[1:]), middle(wall[1:])
	if permutations > 0 {
		folds, C := splits[:len(splits)-1], p.C[len(p.C)/2:][:1]
		targets := [][]float64{p.Y}
		rng := rand.New(rand.NewPCG(1, 1))
		for range permutations {
			y := append([]float64(nil), p.Y...)
			rng.Shuffle(len(y), func(i, j int) { y[i], y[j] = y[j], y[i] })
			targets = append(targets, y)
		}
		for _, timed := range []struct {
			family  solve.Family
			targets [][]float64
			to      *float64
		}{{family, targets[:1], &out.One}, {solve.ForPermutations(family), targets, &out.Permutations}} {
			start := processor()
			if err := timed.family.Fit(ctx, x, folds, timed.targets, C, func(*solve.Fit) {}); err != nil {
				return err
			}
			*timed.to = processor() - start
		}
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func middle(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// processor is the processor time of this program so far, in seconds.
func processor() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return math.NaN()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func (p *problem) read() (*solve.Dense, error) {
	dump, err := activations.Open(activations.Spec{Paths: []string{p.X}})
	if err != nil {
		return nil, err
	}
	defer dump.Close()
	n, width := dump.Shape().Rows, dump.Shape().Width
	data := make([]float64, n*width)
	if err := dump.ReadFloat64(data, p.Layer, 0, 0, n); err != nil {
		return nil, err
	}
	return solve.NewDense(n, width, data)
}

func (p *problem) splits() []solve.Split {
	folds := 0
	for _, f := range p.Fold {
		folds = max(folds, f+1)
	}
	var splits []solve.Split
	for f := range folds + 1 {
		train := make([]bool, len(p.Fold))
		for i := range train {
			train[i] = p.Fold[i] != f
		}
		splits = append(splits, solve.Split{Train: train, Weight: p.Weight})
	}
	return splits
}

// scores are what a probe says of the rows outside its split, row by row; of LDA, whose
// probabilities are 0 and 1 to the last digit, margins.
func (p *problem) scores(f *solve.Fit) []float64 {
	width := solve.Width(p.Kind, p.Levels)
	all := make([]float64, 0, len(p.Fold)*width)
	margin, score := make([]float64, f.Outputs()), make([]float64, width)
	for row, fold := range p.Fold {
		if fold != f.Split {
			continue
		}
		for k := range margin {
			margin[k] = f.Margin[k*len(p.Fold)+row]
		}
		if solve.Score(score, p.Kind, margin, f.Cuts); p.Family == "lda" {
			copy(score, margin)
		}
		all = append(all, score...)
	}
	return all
}

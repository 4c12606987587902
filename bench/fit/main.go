// Fit times the logistic probes of one problem and prints what it did as JSON.
// It is the half of the comparison in bench/compare.py that runs tell.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tell/activations"
	"tell/folds"
	"tell/internal/kernel"
	"tell/internal/solve"
)

// problem is what both sides of the comparison read.
type problem struct {
	X     string    `json:"x"`
	Layer int       `json:"layer"`
	Rows  []int     `json:"rows"`
	Y     []int     `json:"y"`
	Fold  []int     `json:"fold"` // one split without each fold, and one with all rows
	C     []float64 `json:"C"`
}

// outcome is what the run reports.
type outcome struct {
	Seconds      float64   `json:"seconds"`
	Controls     float64   `json:"control_seconds"`
	Objective    []float64 `json:"objective"` // by split, then C
	NotConverged int       `json:"not_converged"`
	Fits         int       `json:"fits"`
	Flops        int64     `json:"flops"` // in matrix products
	Bytes        int64     `json:"bytes"` // of the operands and results of those products
	PeakBytes    int64     `json:"peak_bytes"`
}

func main() {
	tol := flag.Float64("tol", 0, "tolerance; 0 for the default")
	controls := flag.Int("controls", 0, "permutations of the labels to train on as well, apart, at one C")
	controlC := flag.Float64("control-C", 0.01, "the C of the controls")
	sweep := flag.Bool("sweep", false, "train every layer of the dump, several at once")
	threads := flag.Int("threads", runtime.NumCPU(), "processors to use")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	var err error
	if *sweep {
		err = runSweep(flag.Arg(0), *tol)
	} else {
		err = run(flag.Arg(0), *tol, *controls, *controlC)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

func run(path string, tol float64, controls int, controlC float64) error {
	p, err := load(path)
	if err != nil {
		return err
	}
	x, err := p.read(p.Layer)
	if err != nil {
		return err
	}
	splits := p.splits()
	var flops, bytes atomic.Int64
	kernel.Count = func(f, b int64) {
		flops.Add(f)
		bytes.Add(b)
	}
	out := outcome{Objective: make([]float64, len(splits)*len(p.C))}
	l := solve.Logistic{Tol: tol}
	start := time.Now()
	err = l.Fit(context.Background(), x, splits, solve.Targets(p.Y), p.C, func(f *solve.Fit) {
		out.Fits++
		if f.Status != solve.Converged {
			out.NotConverged++
		}
		out.Objective[f.Split*len(p.C)+f.CIndex] = f.Objective
	})
	if err != nil {
		return err
	}
	out.Seconds = time.Since(start).Seconds()
	kernel.Count = nil
	if controls > 0 {
		start := time.Now()
		if err := l.Fit(context.Background(), x, splits, solve.Targets(p.permuted(controls)...), []float64{controlC}, func(*solve.Fit) {}); err != nil {
			return err
		}
		out.Controls = time.Since(start).Seconds()
	}
	out.Flops, out.Bytes, out.PeakBytes = flops.Load(), bytes.Load(), peak()
	return json.NewEncoder(os.Stdout).Encode(out)
}

func load(path string) (*problem, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := new(problem)
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// runSweep times the probes of all layers, with as many layers at once as there
// are processors.
func runSweep(path string, tol float64) error {
	p, err := load(path)
	if err != nil {
		return err
	}
	dump, err := activations.Open(activations.Spec{Paths: []string{p.X}})
	if err != nil {
		return err
	}
	layers := dump.Shape().Layers
	dump.Close()
	splits := p.splits()
	failed := make([]int, layers)
	g := new(errgroup.Group)
	g.SetLimit(runtime.GOMAXPROCS(0))
	start := time.Now()
	for layer := range layers {
		g.Go(func() error {
			x, err := p.read(layer)
			if err != nil {
				return err
			}
			return solve.Logistic{Tol: tol}.Fit(context.Background(), x, splits, solve.Targets(p.Y), p.C, func(f *solve.Fit) {
				if f.Status != solve.Converged {
					failed[layer]++
				}
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	out := outcome{Seconds: time.Since(start).Seconds(), Fits: layers * len(splits) * len(p.C), PeakBytes: peak()}
	for _, n := range failed {
		out.NotConverged += n
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func (p *problem) read(layer int) (*solve.Dense, error) {
	dump, err := activations.Open(activations.Spec{Paths: []string{p.X}})
	if err != nil {
		return nil, err
	}
	defer dump.Close()
	width := dump.Shape().Width
	data := make([]float64, len(p.Rows)*width)
	for i, row := range p.Rows {
		if err := dump.ReadFloat64(data[i*width:(i+1)*width], layer, 0, row, row+1); err != nil {
			return nil, err
		}
	}
	return solve.NewDense(len(p.Rows), width, data)
}

// permuted returns labels shuffled within folds.
func (p *problem) permuted(n int) [][]int {
	group := make([]int, len(p.Y))
	for i := range group {
		group[i] = i
	}
	y := make([][]int, n)
	for b := range y {
		y[b] = folds.PermuteLabels(p.Y, group, p.Fold, 1, b)
	}
	return y
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
		splits = append(splits, solve.Split{Train: train})
	}
	return splits
}

// peak is the largest resident set of this process so far, where the system
// tells it.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	return 0
}

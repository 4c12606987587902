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
	"time"

	"tell/activations"
	"tell/internal/kernel"
	"tell/probe"
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
	Objective    []float64 `json:"objective"` // by split, then C
	NotConverged int       `json:"not_converged"`
	Fits         int       `json:"fits"`
	Flops        float64   `json:"flops"` // in products with the matrix
	Bytes        float64   `json:"bytes"` // of the matrix read in those products
	PeakBytes    int64     `json:"peak_bytes"`
}

func main() {
	tol := flag.Float64("tol", 0, "tolerance; 0 for the default")
	targets := flag.Int("targets", 1, "targets: the labels, and label permutations")
	threads := flag.Int("threads", runtime.NumCPU(), "processors to use")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	kernel.Use()
	if err := run(flag.Arg(0), *tol, *targets); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

func run(path string, tol float64, targets int) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var p problem
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	x, err := p.read()
	if err != nil {
		return err
	}
	y := [][]int{p.Y}
	for b := 1; b < targets; b++ {
		y = append(y, probe.PermuteLabels(p.Y, p.Fold, nil, 1, b))
	}
	splits := p.splits()

	counted := &counter{Design: x}
	out := outcome{Objective: make([]float64, len(splits)*len(p.C))}
	start := time.Now()
	err = probe.Logistic{Tol: tol}.Fit(context.Background(), counted, splits, y, p.C, func(f *probe.Fit) {
		out.Fits++
		if f.Status != probe.Converged {
			out.NotConverged++
		}
		if f.Target == 0 {
			out.Objective[f.Split*len(p.C)+f.CIndex] = f.Objective
		}
	})
	out.Seconds = time.Since(start).Seconds()
	if err != nil {
		return err
	}
	out.Flops, out.Bytes, out.PeakBytes = counted.flops, counted.bytes, peak()
	return json.NewEncoder(os.Stdout).Encode(out)
}

func (p *problem) read() (*probe.Dense, error) {
	dump, err := activations.Open(activations.Spec{Paths: []string{p.X}})
	if err != nil {
		return nil, err
	}
	defer dump.Close()
	width := dump.Shape().Width
	data := make([]float64, len(p.Rows)*width)
	for i, row := range p.Rows {
		if err := dump.ReadFloat64(data[i*width:(i+1)*width], p.Layer, 0, row, row+1); err != nil {
			return nil, err
		}
	}
	return probe.NewDense(len(p.Rows), width, data)
}

func (p *problem) splits() []probe.Split {
	folds := 0
	for _, f := range p.Fold {
		folds = max(folds, f+1)
	}
	var splits []probe.Split
	for f := range folds + 1 {
		train := make([]bool, len(p.Fold))
		for i := range train {
			train[i] = p.Fold[i] != f
		}
		splits = append(splits, probe.Split{Train: train})
	}
	return splits
}

// counter counts the work of the products with a design.
type counter struct {
	probe.Design
	flops, bytes float64
}

func (c *counter) Pass(visit func(probe.Block)) error {
	return c.Design.Pass(func(b probe.Block) {
		visit(countedBlock{b.(probe.DenseBlock), c})
	})
}

type countedBlock struct {
	probe.DenseBlock
	c *counter
}

func (b countedBlock) Forward(dst, a []float64, k int) {
	b.count(k)
	b.DenseBlock.Forward(dst, a, k)
}

func (b countedBlock) Backward(acc, r []float64, k int) {
	b.count(k)
	b.DenseBlock.Backward(acc, r, k)
}

func (b countedBlock) count(k int) {
	size := float64(b.Rows) * float64(b.Cols)
	b.c.flops += 2 * size * float64(k)
	b.c.bytes += 8 * size
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

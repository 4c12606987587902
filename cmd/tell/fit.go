package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"

	"tell/report"
	"tell/study"
)

// fitVerb is "tell fit".
type fitVerb struct {
	studyFlags
}

// Help implements kong.HelpProvider.
func (fitVerb) Help() string {
	return `Writes results.json without the gap, scores.csv and layers.csv. Go on with tell gap, tell plot and tell report.

    tell fit study.yaml -o capitals-report
    tell gap capitals-report`
}

// Run implements verb.
func (f *fitVerb) Run(ctx context.Context, c *console) error {
	return f.studyFlags.run(ctx, c, study.Fit, writeFit)
}

// writeFit writes the numbers of a fit.
func writeFit(dir string, r *study.Result, scores []study.Score) error {
	if err := report.WriteResults(filepath.Join(dir, report.ResultsFile), r); err != nil {
		return err
	}
	if err := report.WriteScores(filepath.Join(dir, report.ScoresFile), scores); err != nil {
		return err
	}
	return report.WriteLayers(filepath.Join(dir, report.LayersFile), r)
}

// studyFlags are the arguments of the verbs that start from a study file.
type studyFlags struct {
	Study string `arg:"" name:"study.yaml" help:"The study file."`
	outputFlags
	Workers workers `placeholder:"N" help:"Layers and positions trained at once. Default: one for each processor. Changes no number."`
	Memory  bytes   `placeholder:"512MiB" help:"Bound on the memory of the layers in training; layers that do not fit are streamed. Default: none."`
	JSON    bool    `help:"Print the summary as JSON."`
	progressFlags
}

// Validate implements kong's check of flags.
func (f studyFlags) Validate() error {
	if f.Workers < 0 {
		return fmt.Errorf("--workers: found %d, expected 1 or more", f.Workers)
	}
	return nil
}

// workers is a number of workers. Kong takes a number below zero for a flag
// unless the type reads it itself.
type workers int

// Decode implements kong.MapperValue.
func (w *workers) Decode(c *kong.DecodeContext) error {
	text := c.Scan.Pop().String()
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("found %q, expected 1 or more", text)
	}
	*w = workers(n)
	return nil
}

type (
	studyRunner  func(context.Context, *study.Study, study.Options) (*study.Result, []study.Score, error)
	reportWriter func(dir string, r *study.Result, scores []study.Score) error
)

// run runs a study, writes what it found to the output directory and prints
// the summary.
func (f studyFlags) run(ctx context.Context, c *console, runner studyRunner, write reportWriter) error {
	s, err := study.Load(f.Study)
	if err != nil {
		return err
	}
	dir, err := f.directory(f.Study)
	if err != nil {
		return err
	}
	if f.Memory > 0 {
		// Left alone, the collector lets garbage double what is held.
		debug.SetMemoryLimit(int64(f.Memory) / 8 * 7)
	}
	p := f.progress(c)
	defer p.end()
	r, scores, err := runner(ctx, s, study.Options{Workers: int(f.Workers), Memory: int64(f.Memory), Progress: p.step})
	if err != nil {
		return err
	}
	p.step("report", 0, 1)
	if err := publish(ctx, dir, report.Files(), func(stage string) error { return write(stage, r, scores) }); err != nil {
		return err
	}
	p.step("report", 1, 1)
	p.end()
	sum, err := summarize(dir, r)
	if err != nil {
		return err
	}
	return c.answer(f.JSON, sum, sum.text)
}

// bytes is a number of bytes, written like 512MiB or 2GB.
type bytes int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *bytes) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n == 0 || n > math.MaxInt64 {
		return fmt.Errorf("found %q, expected a size such as 512MiB or 2GB", text)
	}
	if _, err := strconv.ParseFloat(string(text), 64); err == nil && n < humanize.MiByte {
		return fmt.Errorf("found %s bytes, expected 1 MiB or more: write the unit, as in 512MiB", text)
	}
	*b = bytes(n)
	return nil
}

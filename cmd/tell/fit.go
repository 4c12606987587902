package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"

	"tell/internal/profile"
	"tell/report"
	"tell/result"
	"tell/run"
	"tell/study"
)

// fitVerb is "tell fit".
type fitVerb struct {
	studyFlags
	Part *partShare `placeholder:"I/N" help:"Make only share I of N of the parts, such as 2/16, for another process or machine to merge."`
}

// Help implements kong.HelpProvider.
func (fitVerb) Help() string {
	return `Writes the results without the gap, and the scores. Continue with tell gap, tell plot and tell report.

With --part, writes only some of the parts to DIR/parts. Processes on several machines may share DIR; when all parts are there, tell merge makes the report of them.

    tell fit study.yaml -o capitals-report
    tell gap capitals-report
    tell fit study.yaml -o capitals-report --part 2/16`
}

// Run implements verb.
func (f *fitVerb) Run(ctx context.Context, c *console) error {
	if f.Part != nil {
		return f.runShare(ctx, c)
	}
	return f.studyFlags.run(ctx, c, run.Fit, result.Write)
}

// runShare makes some of the parts.
func (f *fitVerb) runShare(ctx context.Context, c *console) error {
	s, err := study.Load(f.Study)
	if err != nil {
		return err
	}
	d, err := f.open(f.Study, true)
	if err != nil {
		return err
	}
	defer d.close()
	dir := d.path
	ctx, measured, err := f.measure(ctx)
	if err != nil {
		return err
	}
	p := f.progress(c)
	defer p.end()
	if err := run.Share(ctx, s, f.options(dir, p), f.Part.i, f.Part.n); err != nil {
		return keeping(dir, err)
	}
	p.end()
	w := writtenParts{written: written{Directory: dir, Files: []string{partsFolder}}}
	if w.Profile, err = measured(); err != nil {
		return err
	}
	return c.answer(f.JSON, w, func() string {
		return fmt.Sprintf("Share %d of %d of the parts is in %s. When all are there: tell merge %s -o %s\n", f.Part.i, f.Part.n, filepath.Join(dir, partsFolder), f.Study, dir) + profileText(w.Profile)
	})
}

// writtenParts is what a share of a run says about itself.
type writtenParts struct {
	written
	Profile *profile.Profile `json:"profile,omitempty"`
}

// partShare is one of several shares of a run, written 2/16.
type partShare struct{ i, n int }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *partShare) UnmarshalText(text []byte) error {
	i, n, cut := strings.Cut(string(text), "/")
	var errs [2]error
	s.i, errs[0] = strconv.Atoi(i)
	s.n, errs[1] = strconv.Atoi(n)
	if !cut || errors.Join(errs[:]...) != nil || s.i < 1 || s.i > s.n {
		return fmt.Errorf("found %q, expected a share such as 2/16, from 1/16 to 16/16", text)
	}
	return nil
}

// studyFlags are the arguments of the verbs that start from a study file.
type studyFlags struct {
	Study string `arg:"" name:"study.yaml" help:"The study file."`
	outputFlags
	Workers workers `placeholder:"N" help:"Layers and positions trained at once. Default: one for each processor. Changes no number."`
	Memory  bytes   `placeholder:"512MiB" help:"Bound on the memory of the layers in training; layers that do not fit are streamed. Default: three quarters of what the machine or the container has. Changes no number."`
	JSON    bool    `help:"Print the summary as JSON."`
	profileFlags
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
	studyRunner  func(context.Context, *study.Study, run.Options) (*result.Result, []result.Score, error)
	reportWriter func(dir string, r *result.Result, scores []result.Score) error
)

// run runs a study, writes what it found to the output directory and prints
// the summary.
func (f studyFlags) run(ctx context.Context, c *console, runner studyRunner, write reportWriter) error {
	s, err := study.Load(f.Study)
	if err != nil {
		return err
	}
	d, err := f.open(f.Study, false)
	if err != nil {
		return err
	}
	defer d.close()
	dir := d.path
	ctx, measured, err := f.measure(ctx)
	if err != nil {
		return err
	}
	p := f.progress(c)
	defer p.end()
	r, scores, err := runner(ctx, s, f.options(dir, p))
	if err != nil {
		return keeping(dir, err)
	}
	r.Provenance.Command = f.command()
	p.step("report", 0, 1)
	err = profile.In(ctx, stageReport, func(ctx context.Context) error {
		return d.publish(ctx, reportFiles(), func(stage string) error { return write(stage, r, scores) })
	})
	if err != nil {
		return keeping(dir, err)
	}
	p.step("report", 1, 1)
	p.end()
	sum, err := summarize(dir, r)
	if err != nil {
		return err
	}
	if sum.Profile, err = measured(); err != nil {
		return err
	}
	return c.answer(f.JSON, sum, sum.text)
}

// command is what makes the results again where it was typed. The flags that it
// leaves out change no number, and the steps of a run come to the same as the run.
func (f studyFlags) command() string {
	text := "tell run " + shellWord(f.Study)
	if f.Output != "" {
		text += " -o " + shellWord(f.Output)
	}
	return text
}

// options are those of a run whose report goes to dir.
func (f studyFlags) options(dir string, p *progress) run.Options {
	memory := f.Memory
	if memory == 0 {
		memory = defaultMemory()
	}
	if memory > 0 {
		// By default the collector lets garbage double the memory in use.
		debug.SetMemoryLimit(int64(memory) / 8 * 7)
	}
	return run.Options{Workers: int(f.Workers), Memory: int64(memory), Parts: filepath.Join(dir, partsFolder), Progress: p.follow}
}

// writeAll writes numbers, figures and page.
func writeAll(dir string, r *result.Result, scores []result.Score) error {
	if err := result.Write(dir, r, scores); err != nil {
		return err
	}
	return report.Write(dir, r, scores)
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

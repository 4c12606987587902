package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"tell/internal/profile"
	"tell/run"
)

// stageReport is the last stage of a profile.
const stageReport = "report"

// profileFlags are the flags of verbs that can say where their time goes.
type profileFlags struct {
	Profile bool `help:"Print where the time goes, by stage. Changes no number."`
}

// measure begins a profile where one is asked for. The function that it returns
// ends it, and gives nil where none is asked for.
func (f profileFlags) measure(ctx context.Context) (context.Context, func() (*profile.Profile, error), error) {
	if !f.Profile {
		return ctx, func() (*profile.Profile, error) { return nil, nil }, nil
	}
	settings := run.Stages()
	settings.Stages = append(settings.Stages, stageReport)
	p, err := profile.Start(settings)
	if err != nil {
		return nil, nil, err
	}
	return p.Into(ctx), p.Stop, nil
}

// profileText lays a profile out as a table, nothing where there is none.
func profileText(p *profile.Profile) string {
	if p == nil {
		return ""
	}
	seconds := func(s float64) string { return fmt.Sprintf("%.2f", s) }
	rows := [][]string{{"seconds", "wall", "CPU", "of the CPU"}}
	for _, s := range p.Stages {
		share := "0%"
		if p.CPU > 0 {
			share = fmt.Sprintf("%.0f%%", 100*s.CPU/p.CPU)
		}
		wall := seconds(s.Wall)
		if s.Name == profile.Runtime || s.Name == profile.Other {
			wall = ""
		}
		rows = append(rows, []string{s.Name, wall, seconds(s.CPU), share})
	}
	rows = append(rows, []string{"all", seconds(p.Wall), seconds(p.CPU), ""})
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s", table(rows))
	if p.Peak > 0 {
		fmt.Fprintf(&b, "At most %s were in memory.\n", humanize.IBytes(uint64(p.Peak)))
	}
	return b.String()
}

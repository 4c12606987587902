package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"tell/internal/profile"
	"tell/report"
	"tell/result"
	"tell/target"
)

// summary is what a run says about itself at the end.
type summary struct {
	Study    string           `json:"study"`
	Rows     int              `json:"rows"`
	Groups   int              `json:"groups"`
	Probe    result.Table     `json:"probe"` // out of fold, everything chosen inside
	Gap      result.Table     `json:"gap,omitempty"`
	Warnings []result.Warning `json:"warnings"`
	written
	Profile *profile.Profile `json:"profile,omitempty"`

	result *result.Result
}

func summarize(dir string, r *result.Result) (*summary, error) {
	files, err := present(dir, reportFiles())
	if err != nil {
		return nil, err
	}
	s := &summary{
		Study: r.Name, Rows: r.Data.Used, Groups: r.Data.Groups,
		Probe: r.Table.In(result.Nested).On(result.Subset{}), Gap: r.Table.In(result.Gap), Warnings: r.Warnings,
		written: written{dir, files},
		result:  r,
	}
	return s, nil
}

func (s *summary) text() string {
	var b strings.Builder
	d := s.result.Data
	layers, positions := s.result.Probed()
	in := report.NoGroup
	if !d.Independent() {
		in = " in " + count(s.Groups, "group", "groups")
	}
	fmt.Fprintf(&b, "%s\n%s%s; %s, %s, %d wide\n\n", s.Study, count(s.Rows, "row", "rows"), in,
		share(layers, d.Layers, "layer", "layers"), share(positions, d.Positions, "position", "positions"), d.Width)
	b.WriteString(s.probeText())
	// A study that maps a behaviour is not at its finding before it has the gap.
	if d.Kind != target.KindBinary || s.Gap != nil || d.ActsAs == nil && len(s.result.Table.In(result.Hidden)) > 0 {
		b.WriteString(findingText(report.FindingOf(s.result)))
	}
	b.WriteString(comparedText(s.result))
	b.WriteString(s.warningsText())
	b.WriteString(profileText(s.Profile))
	fmt.Fprintf(&b, "\n%s\n", s.place())
	return b.String()
}

// probeText says how well the probe does on all rows used, beside the
// baselines.
func (s *summary) probeText() string {
	keys, titles := report.Headlines(s.result)
	rows := [][]string{{"out of fold, " + count(s.Rows, "row", "rows"), titles[0], titles[1]}}
	var reasons string
	add := func(name string, metrics result.Table) {
		row := []string{name}
		for k, key := range keys {
			e := metrics.Estimate(key)
			if e.OK() {
				row = append(row, e.String())
				continue
			}
			row = append(row, "not estimable")
			if k == 0 {
				reasons += name + ": " + e.Reason + "\n"
			}
		}
		rows = append(rows, row)
	}
	add("probe", s.Probe)
	for _, p := range s.result.Predictors {
		add(p.Name, s.result.Table.In(result.Baseline).Of(p.Name))
	}
	return table(rows) + reasons
}

// findingText states the result of the study.
func findingText(f *report.Finding) string {
	var b strings.Builder
	b.WriteString("\n")
	if h := f.Headline; h != nil {
		fmt.Fprintln(&b, strings.TrimSuffix(h.Value+" "+h.Unit+", "+h.Interval, ", "))
	}
	for _, sentences := range append([]string{f.Lead}, f.Further...) {
		fmt.Fprintln(&b, sentences)
	}
	return b.String()
}

// comparedText says what the comparisons show.
func comparedText(r *result.Result) string {
	sentences := report.Compared(r)
	if sentences == nil {
		return ""
	}
	return "\n" + strings.Join(sentences, "\n") + "\n"
}

func (s *summary) warningsText() string {
	var lines []string
	for _, w := range s.Warnings {
		lines = append(lines, fmt.Sprintf("- %s [%s]", strings.TrimSpace(w.Message+" "+w.Advice), w.Code))
	}
	if lines == nil {
		return "\nNo warnings.\n"
	}
	return fmt.Sprintf("\n%s:\n%s\n", count(len(lines), "warning", "warnings"), strings.Join(lines, "\n"))
}

// place says where the report is, or how to get one.
func (s *summary) place() string {
	for _, name := range s.Files {
		if name == report.PageFile {
			return "Report: " + filepath.Join(s.Directory, name)
		}
	}
	next := "gap"
	if s.result.Data.ActsAs == nil {
		next = "plot"
	}
	return fmt.Sprintf("Results: %s. Continue with: tell %s %s", filepath.Join(s.Directory, result.ResultsFile), next, s.Directory)
}

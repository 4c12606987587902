package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"tell/gap"
	"tell/report"
	"tell/study"
)

// summary is what a run says about itself at the end.
type summary struct {
	Study    string          `json:"study"`
	Rows     int             `json:"rows"`
	Groups   int             `json:"groups"`
	Probe    []study.Metric  `json:"probe"` // out of fold, everything chosen inside
	Gap      *gap.Summary    `json:"gap,omitempty"`
	Warnings []study.Warning `json:"warnings"`
	written

	result *study.Result
}

func summarize(dir string, r *study.Result) (*summary, error) {
	files, err := present(dir, report.Files())
	if err != nil {
		return nil, err
	}
	s := &summary{
		Study: r.Name, Rows: r.Data.Used, Groups: r.Data.Groups,
		Probe: r.Nested.Metrics, Warnings: r.Warnings,
		written: written{dir, files},
		result:  r,
	}
	if r.Gap != nil {
		s.Gap = &r.Gap.Summary
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
	if s.result.Gap != nil {
		b.WriteString(findingText(report.FindingOf(s.result)))
	}
	b.WriteString(s.warningsText())
	fmt.Fprintf(&b, "\n%s\n", s.place())
	return b.String()
}

// probeText says how well the probe does on all rows used, beside the
// baselines.
func (s *summary) probeText() string {
	rows := [][]string{{"out of fold, " + count(s.Rows, "row", "rows"), "AUROC", "accuracy"}}
	var reasons string
	add := func(name string, metrics []study.Metric) {
		row := []string{name}
		for _, m := range metrics {
			switch {
			case m.Name != "auroc" && m.Name != "accuracy":
			case m.Estimate.OK():
				row = append(row, m.Estimate.String())
			default:
				row = append(row, "not estimable")
				if m.Name == "auroc" {
					reasons += name + ": " + m.Estimate.Reason + "\n"
				}
			}
		}
		rows = append(rows, row)
	}
	add("probe", s.Probe)
	for _, base := range s.result.Baselines {
		add(base.Name, base.Metrics)
	}
	return table(rows) + reasons
}

// findingText says what the study comes to.
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

func (s *summary) warningsText() string {
	var lines []string
	for _, w := range s.Warnings {
		lines = append(lines, fmt.Sprintf("- %s %s [%s]", w.Message, w.Advice, w.Code))
	}
	if g := s.result.Gap; g != nil {
		for _, w := range g.Warnings {
			lines = append(lines, "- "+w)
		}
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
	return fmt.Sprintf("Results: %s. Go on with: tell %s %s", filepath.Join(s.Directory, report.ResultsFile), next, s.Directory)
}

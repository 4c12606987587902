package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"tell/gap"
	"tell/internal/estimate"
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
	layers, positions := map[int]bool{}, map[int]bool{}
	for _, site := range s.result.Sites {
		layers[site.Layer], positions[site.Position] = true, true
	}
	fmt.Fprintf(&b, "%s\n%s in %s; %s, %s, %d wide\n\n", s.Study,
		count(s.Rows, "row", "rows"), count(s.Groups, "group", "groups"),
		share(len(layers), d.Layers, "layer", "layers"), share(len(positions), d.Positions, "position", "positions"), d.Width)
	b.WriteString(s.probeText())
	if g := s.result.Gap; g != nil {
		b.WriteString(gapSentences(g))
	}
	b.WriteString(s.warningsText())
	fmt.Fprintf(&b, "\n%s\n", s.place())
	return b.String()
}

// probeText says how well the probe does, beside the baselines.
func (s *summary) probeText() string {
	rows := [][]string{{"out of fold", "AUROC", "accuracy"}}
	add := func(name string, metrics []study.Metric) {
		rows = append(rows, []string{name, metric(metrics, "auroc"), metric(metrics, "accuracy")})
	}
	add("probe", s.Probe)
	for _, base := range s.result.Baselines {
		add(base.Name, base.Metrics)
	}
	return table(rows)
}

func metric(metrics []study.Metric, name string) string {
	for _, m := range metrics {
		if m.Name == name {
			return m.Estimate.String()
		}
	}
	return ""
}

// gapSentences gives the main numbers of the gap in words.
func gapSentences(g *gap.Result) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf(format, args...))) }
	b.WriteString("\n")
	line("On %s with behaviour 0 or 1 in %s:", count(g.N, "row", "rows"), count(g.Groups, "group", "groups"))
	line("hidden beyond text: %s. %s", g.Headline().Signed(), verdict(g.Headline(), 0,
		"The probe is right more often than either calibrated behaviour or the text of the prompt.",
		"The probe is right less often than the better of calibrated behaviour and the text of the prompt.",
		"The interval includes 0: no knowledge beyond calibrated behaviour and the text is shown."))
	line("net gap: %s; the probe alone is right on %s, the behaviour alone on %d.",
		g.Net().Signed(), count(g.Table.OnlyProbe, "row", "rows"), g.Table.OnlyBehaviour)
	line("behaviour-matched AUROC: %s. %s", g.MatchedAUROC(), verdict(g.MatchedAUROC(), 0.5,
		"The probe reads more than the coming behaviour.",
		"Among rows of equal behaviour the probe ranks the labels the wrong way round.",
		"The interval includes 0.5: the probe may only read the coming behaviour."))
	if g.Neither.N > 0 {
		line("On %s the model acted as neither label; they stand apart.", count(g.Neither.N, "further row", "further rows"))
	}
	return b.String()
}

// verdict says on which side of a reference an interval lies.
func verdict(e estimate.Estimate, reference float64, above, below, neither string) string {
	switch {
	case !e.OK():
		return ""
	case e.Interval == nil:
		return "There is no interval, so this shows nothing."
	case !e.Excludes(reference):
		return neither
	case e.Value > reference:
		return above
	}
	return below
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

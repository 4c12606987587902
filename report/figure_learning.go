package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/result"
)

// A styled curve is one predictor's.
type styledCurve struct {
	name string
	curve
	baselineStyle
}

// styledCurves gathers rows by predictor in the order of the table, at what the value
// of their subset says.
func styledCurves(t result.Table, column string) []styledCurve {
	var list []styledCurve
	for _, row := range t {
		at, err := strconv.ParseFloat(row.Subset.Value, 64)
		if row.Subset.Column != column || err != nil {
			continue
		}
		k := slices.IndexFunc(list, func(s styledCurve) bool { return s.name == row.Predictor })
		if k < 0 {
			k = len(list)
			list = append(list, styledCurve{name: row.Predictor, baselineStyle: styleOf(row.Predictor, k)})
		}
		list[k].points = append(list[k].points, point{layer: at, auroc: row.Estimate})
	}
	return list
}

// styleOf is how the line of a predictor looks; further ones, the k-th of all, differ
// in their dashes.
func styleOf(name string, k int) baselineStyle {
	if name == result.Probe {
		return baselineStyle{"probe", probeHue, nil}
	}
	if name == result.Graded {
		return baselineStyle{"graded behaviour", actionHue, nil}
	}
	if style, known := baselineStyles[name]; known {
		return style
	}
	return baselineStyle{rivalName(name), shuffled, []vg.Length{vg.Length(2 + k%4*2), 2}}
}

// A learningPlot is the first metric by the number of groups that train.
type learningPlot struct {
	headline
	level     float64
	lines     []styledCurve
	low, high float64 // of the metric
	groups    []float64
}

func drawLearning(r *result.Result) *drawing {
	f := &learningPlot{headline: headlineOf(r), level: r.Protocol.Level, lines: styledCurves(r.Table.In(result.Learning), compare.TrainingGroups), high: 1}
	low := f.chance
	for _, l := range f.lines {
		for _, p := range l.points {
			if !slices.Contains(f.groups, p.layer) && p.layer > 0 {
				f.groups = append(f.groups, p.layer)
			}
			if p.known() {
				low = min(low, p.auroc.Value)
			}
			if p.bounded() && l.name == result.Probe {
				low = min(low, p.auroc.Interval.Low)
			}
		}
	}
	if len(f.groups) < 2 || !slices.ContainsFunc(f.lines, func(l styledCurve) bool { _, ok := l.last(point.known); return ok }) {
		return nil
	}
	slices.Sort(f.groups)
	f.low = math.Floor(10*low+1e-9) / 10
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, 2.6 * vg.Inch },
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (f *learningPlot) paint(c draw.Canvas) {
	var tags []tag
	for _, l := range f.lines {
		if last, ok := l.last(point.known); ok {
			text := l.label
			if !onPhone(c) {
				text += " " + number(last.auroc.Value, 2)
			}
			tags = append(tags, tag{at: last.auroc.Value, text: oneLine(text, 34), hue: l.hue, heavy: l.name == result.Probe})
		}
	}
	title := capital(f.short) + " on held-out rows"
	if !onPhone(c) {
		title += fmt.Sprintf("; shading: %s interval of the probe", level(f.level))
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, title)
	var xticks []plot.Tick
	for _, g := range f.groups {
		xticks = append(xticks, plot.Tick{Value: math.Log2(g), Label: number(g, 0)})
	}
	first, last := xticks[0].Value, xticks[len(xticks)-1].Value
	yticks := steps(f.low, f.high, 0.1, 1, number)
	p := newPlot(first-0.1, last+0.05, f.low, f.high, xticks, yticks)
	p.X.Label.Text = "training groups"
	p.X.Label.Padding = 4
	p.Add(gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		at := func(g float64) vg.Length { return x(math.Log2(g)) }
		drawCurves(c, f.lines, at, y, 2, func(groups float64) string { return count(int(groups), "training group", "training groups") })
		c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(f.chance), c.Max.X, y(f.chance))
	}))
	body := draw.Crop(c, 2, -tagsWidth(tags), 2, -22)
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	drawTags(c, tags, data, x, y)
}

// drawCurves draws the band of the probe, then all lines, that of the probe last.
func drawCurves(c draw.Canvas, lines []styledCurve, x, y func(float64) vg.Length, disks vg.Length, where func(x float64) string) {
	for _, l := range lines {
		if l.name == result.Probe {
			for _, run := range l.runs(point.bounded) {
				fillBetween(c, probeBand, run, x, y, func(p point) (float64, float64) { return p.auroc.Interval.Low, p.auroc.Interval.High })
			}
		}
	}
	for _, l := range slices.Backward(lines) {
		width := vg.Length(1.3)
		if l.name == result.Probe {
			width = thickLine
		}
		for _, run := range l.runs(point.known) {
			strokeAlong(c, lineStyle(l.hue, width, l.dashes...), run, x, y, func(p point) float64 { return p.auroc.Value })
			hintAlong(c, run, x, y, func(x float64) string { return l.label + ", " + where(x) })
			for _, p := range run {
				if disks > 0 {
					disc(c, l.hue, vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}, disks)
				}
			}
		}
	}
}

func (f *learningPlot) alt() string {
	var parts []string
	for _, l := range f.lines {
		var values []string
		for _, p := range l.points {
			if p.known() {
				values = append(values, fmt.Sprintf("%s with %s groups", valueWithInterval(p.auroc, 2, number), number(p.layer, 0)))
			}
		}
		if values != nil {
			parts = append(parts, l.label+" "+strings.Join(values, ", "))
		}
	}
	return "Learning curve: " + f.short + " by training groups. " + strings.Join(parts, "; ") + "."
}

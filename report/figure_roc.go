package report

import (
	"fmt"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/result"
)

// A rocPlot shows the recall of every predictor by its false-positive rate, and the
// behaviour as the point that it is.
type rocPlot struct {
	one   string
	level float64
	lines []styledCurve

	// hit and alarm are of the behaviour.
	hit, alarm estimate.Estimate
}

func drawROC(r *result.Result) *drawing {
	var curve result.Table
	for _, row := range r.Table.In(result.ROC) {
		if row.Key == compare.KeyROC {
			curve = append(curve, row)
		}
	}
	g := gapOf(r)
	f := &rocPlot{
		one: labelName(r, 1), level: r.Protocol.Level, lines: styledCurves(curve, compare.FalsePositives),
		hit: g.Estimate(gap.KeyHitBehaviour), alarm: g.Estimate(gap.KeyAlarmBehaviour),
	}
	known := false
	for _, l := range f.lines {
		_, ok := l.last(point.known)
		known = known || ok
	}
	if !known {
		return nil
	}
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			w = min(w, 4.2*vg.Inch)
			return w, w
		},
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (f *rocPlot) paint(c draw.Canvas) {
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	title := fmt.Sprintf("Recall of “%s”; shading: %s interval", fit(style, f.one, 0.36*c.Size().X), level(f.level))
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(style, title, c.Size().X-4))
	ticks := steps(0, 1, 0.2, 1, number)
	p := newPlot(0, 1, 0, 1, ticks, ticks)
	p.X.Label.Text = "false-positive rate"
	p.X.Label.Padding = 4
	p.Add(gridAt(ticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.StrokeLine2(lineStyle(axis, thinLine, 4, 3), x(0), y(0), x(1), y(1))
		drawCurves(c, f.lines, x, y, 0, func(rate float64) string {
			return "at a false-positive rate of " + strconv.FormatFloat(rate, 'f', -1, 64)
		})
		if f.hit.OK() && f.alarm.OK() {
			at := vg.Point{X: x(f.alarm.Value), Y: y(f.hit.Value)}
			if i := f.hit.Interval; i != nil {
				errorBar(c, actionHue, at.X, y(i.Low), at.X, y(i.High))
			}
			diamond(c, actionHue, at, 4)
			hintAt(c, at, fmt.Sprintf("behaviour, at a false-positive rate of %s: %s", number(f.alarm.Value, 2), told(f.hit, number)))
		}
		f.legend(c, x, y)
	}))
	p.Draw(draw.Crop(c, 2, -8, 2, -24))
}

// legend stands below the line of chance, where curves seldom are.
func (f *rocPlot) legend(c draw.Canvas, x, y func(float64) vg.Length) {
	words := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	names := make([]string, 0, len(f.lines)+1)
	for _, l := range f.lines {
		names = append(names, oneLine(l.label, 26))
	}
	if f.hit.OK() && f.alarm.OK() {
		names = append(names, "behaviour")
	}
	width := vg.Length(0)
	for _, n := range names {
		width = max(width, words.Width(n))
	}
	const row = 11
	left := x(1) - width - 34
	top := y(0) + row*vg.Length(len(names))
	c.FillPolygon(paper.color(), []vg.Point{{X: left - 4, Y: y(0) + 2}, {X: x(1) - 2, Y: y(0) + 2}, {X: x(1) - 2, Y: top + 5}, {X: left - 4, Y: top + 5}})
	for k, n := range names {
		at := top - row*vg.Length(k) - 2
		if k < len(f.lines) {
			width := vg.Length(1.3)
			if f.lines[k].name == result.Probe {
				width = thickLine
			}
			c.StrokeLine2(lineStyle(f.lines[k].hue, width, f.lines[k].dashes...), left, at, left+22, at)
		} else {
			diamond(c, actionHue, vg.Point{X: left + 11, Y: at}, 3.2)
		}
		fillTextMiddle(c, words, vg.Point{X: left + 27, Y: at}, n)
	}
}

func (f *rocPlot) alt() string {
	var parts []string
	for _, l := range f.lines {
		for _, p := range l.points {
			if p.known() && (p.layer == 0.05 || p.layer == 0.2) {
				parts = append(parts, fmt.Sprintf("%s %s at %s", l.label, valueWithInterval(p.auroc, 2, number), number(p.layer, 2)))
			}
		}
	}
	if f.hit.OK() && f.alarm.OK() {
		parts = append(parts, fmt.Sprintf("the behaviour %s at %s", valueWithInterval(f.hit, 2, number), number(f.alarm.Value, 2)))
	}
	return "ROC curves: recall by false-positive rate. " + strings.Join(parts, "; ") + "."
}

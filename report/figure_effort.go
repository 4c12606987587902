package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// An effortPlot sets rank correlations with the difficulty one below the other.
type effortPlot struct {
	names []string
	hues  []role
	of    []estimate.Estimate
	low   float64
}

func drawEffort(r *result.Result) *drawing {
	t := r.Table.In(result.Effort)
	f := &effortPlot{}
	add := func(name string, hue role, e estimate.Estimate) {
		if !e.OK() {
			return
		}
		f.names, f.hues, f.of = append(f.names, name), append(f.hues, hue), append(f.of, e)
		f.low = min(f.low, e.Value)
		if e.Interval != nil {
			f.low = min(f.low, e.Interval.Low)
		}
	}
	for _, row := range t {
		if row.Key == compare.KeyRankDecoded {
			name, hue := "probe", probeHue
			if row.Predictor != result.Probe {
				name, hue = rivalName(row.Predictor), textHue
			}
			add(name, hue, row.Estimate)
		}
	}
	add("effort", actionHue, t.Estimate(compare.KeyRankEffort))
	if len(f.of) < 2 {
		return nil
	}
	f.low = math.Floor(5*f.low+1e-9) / 5
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, 24*vg.Length(len(f.of)) + 62 },
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (f *effortPlot) paint(c draw.Canvas) {
	heading := "Rank correlation with the difficulty"
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	names := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	left := vg.Length(0)
	for _, name := range f.names {
		left = max(left, names.Width(oneLine(name, 40))+10)
	}
	left = min(left, c.Size().X/3)
	right := vg.Length(100)
	if onPhone(c) {
		right = 40
	}
	body := draw.Crop(c, left, -right, 2, -22)
	n := float64(len(f.of))
	p := newPlot(f.low, 1, 0, n, steps(f.low, 1, 0.2, 1, number), nil)
	p.Y.LineStyle.Width = 0
	p.X.Label.Text = "rank correlation; 0 is chance"
	p.X.Label.Padding = 4
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	c.StrokeLine2(lineStyle(axis, thinLine), x(0), y(0), x(0), y(n))
	for i, e := range f.of {
		at := y(n - float64(i) - 0.5)
		fillTextMiddle(c, names, vg.Point{X: c.Min.X + 2, Y: at}, fit(names, f.names[i], left-8))
		if in := e.Interval; in != nil {
			errorBar(c, f.hues[i], x(in.Low), at, x(in.High), at)
		}
		disc(c, f.hues[i], vg.Point{X: x(e.Value), Y: at}, 2.6)
		hintAt(c, vg.Point{X: x(e.Value), Y: at}, f.names[i]+": "+told(e, number))
		text := valueWithInterval(e, 2, number)
		if onPhone(c) {
			text = number(e.Value, 2)
		}
		fillTextMiddle(c, names, vg.Point{X: data.Max.X + 8, Y: at}, text)
	}
}

func (f *effortPlot) alt() string {
	var parts []string
	for i, e := range f.of {
		parts = append(parts, fmt.Sprintf("%s %s", f.names[i], valueWithInterval(e, 2, number)))
	}
	return "Rank correlation with the difficulty: " + strings.Join(parts, ", ") + "."
}

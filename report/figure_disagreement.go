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

// A disagreementPlot shows how far predictions lie from the shares, by the variance
// of the judgements.
type disagreementPlot struct {
	rows []disagreementMark
	high float64
	step float64
}

// A disagreementMark is one distance, or, without a hue, the head of a stratum.
type disagreementMark struct {
	name string
	hue  role
	of   estimate.Estimate
}

const disagreementHeight = 17

func drawDisagreement(r *result.Result) *drawing {
	t := r.Table.In(result.Disagreement)
	predictors := []disagreementMark{{name: result.Probe, hue: probeHue}}
	if rival, _ := bestRival(r, headlineOf(r)); rival != "" {
		predictors = append(predictors, disagreementMark{name: rival, hue: textHue})
	}
	predictors = append(predictors, disagreementMark{name: result.Majority, hue: shuffled}, disagreementMark{name: compare.Ceiling, hue: ink})
	f := &disagreementPlot{}
	known := false
	for _, on := range varianceStrata() {
		of := t.On(on)
		f.rows = append(f.rows, disagreementMark{name: capital(on.Value) + " variance"})
		for _, p := range predictors {
			p.of = of.Of(p.name).Estimate("total_variation")
			switch p.name {
			case result.Majority:
				p.name = "the mean share"
			case compare.Ceiling:
				p.name = "true shares"
			case result.Probe:
			default:
				p.name = rivalName(p.name)
			}
			f.rows = append(f.rows, p)
			if p.of.OK() {
				known = true
				f.high = max(f.high, highOf(p.of))
			}
		}
	}
	if !known {
		return nil
	}
	f.step = 0.05
	if f.high > 0.35 {
		f.step = 0.1
	}
	f.high = f.step * math.Ceil(f.high/f.step-1e-9)
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			return w, disagreementHeight*vg.Length(len(f.rows)) + 62
		},
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (f *disagreementPlot) paint(c draw.Canvas) {
	heading := "Distance of what is predicted from the share observed"
	if onPhone(c) {
		heading = "Distance from the share observed"
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	names := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	left, right := vg.Length(110), vg.Length(110)
	if onPhone(c) {
		left, right = 92, 40
	}
	body := draw.Crop(c, left, -right, 2, -22)
	n := float64(len(f.rows))
	p := newPlot(0, f.high, 0, n, steps(0, f.high, f.step, 2, number), nil)
	p.Y.LineStyle.Width = 0
	p.X.Label.Text = "mean |prediction − share|; 0 is exact"
	p.X.Label.Padding = 4
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	var stratum string
	for i, row := range f.rows {
		at := y(n - float64(i) - 0.5)
		if row.hue == (role{}) {
			stratum = row.name
			style := bold(names)
			fillTextMiddle(c, style, vg.Point{X: c.Min.X + 2, Y: at - 1}, row.name)
			continue
		}
		fillTextMiddle(c, names, vg.Point{X: c.Min.X + 10, Y: at}, fit(names, oneLine(row.name, 40), left-16))
		if !row.of.OK() {
			fillTextMiddle(c, textStyle(muted, smallType, draw.XLeft, draw.YCenter), vg.Point{X: data.Min.X + 4, Y: at}, "not estimable")
			continue
		}
		if in := row.of.Interval; in != nil {
			errorBar(c, row.hue, x(in.Low), at, x(in.High), at)
		}
		disc(c, row.hue, vg.Point{X: x(row.of.Value), Y: at}, 2.6)
		hintAt(c, vg.Point{X: x(row.of.Value), Y: at}, stratum+", "+row.name+": "+told(row.of, number))
		text := valueWithInterval(row.of, 2, number)
		if onPhone(c) {
			text = number(row.of.Value, 2)
		}
		fillTextMiddle(c, names, vg.Point{X: data.Max.X + 8, Y: at}, text)
	}
}

func (f *disagreementPlot) alt() string {
	var parts []string
	for _, row := range f.rows {
		if row.hue == (role{}) {
			parts = append(parts, row.name)
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", oneLine(row.name, 40), valueWithInterval(row.of, 2, number)))
	}
	return "Mean distance of predictions from the observed share. " + strings.Join(parts, "; ") + "."
}

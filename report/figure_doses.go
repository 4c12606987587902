package report

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/result"
)

// A dosePlot shows how far behaviour and an unrelated accuracy move with the dose.
type dosePlot struct {
	series    doseSeries
	one       string
	level     float64
	low, high float64
	step      float64
}

func drawDoses(r *result.Result) *drawing {
	list := dosesOf(r)
	if len(list) == 0 {
		return nil
	}
	p := &dosePlot{series: list[0], one: labelName(r, 1), level: r.Protocol.Level}
	known := false
	for _, at := range p.series.points {
		for _, row := range []result.Row{at.behaviour, at.unrelated} {
			e := row.Estimate
			if !e.OK() {
				continue
			}
			known = true
			p.low, p.high = min(p.low, e.Value), max(p.high, e.Value)
			if i := e.Interval; i != nil {
				p.low, p.high = min(p.low, i.Low), max(p.high, i.High)
			}
		}
	}
	if !known {
		return nil
	}
	p.step, p.low, p.high = differenceAxis(p.low, p.high)
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, 2.5 * vg.Inch },
		paint: p.paint,
		alt:   p.alt(),
	}
}

// line is the points of a row of the series, with the reference at dose 0.
func (p *dosePlot) line(of func(dosePoint) result.Row) []dosePoint {
	points := []dosePoint{{behaviour: result.Row{}}}
	for _, at := range p.series.points {
		if row := of(at); row.Key != "" && row.Estimate.OK() {
			points = append(points, dosePoint{dose: at.dose, behaviour: row})
		}
	}
	slices.SortFunc(points, func(a, b dosePoint) int {
		if a.dose < b.dose {
			return -1
		}
		return 1
	})
	return points
}

func (p *dosePlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	title := fmt.Sprintf("Change from dose 0; bars: %s intervals", level(p.level))
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(style, title, c.Size().X-4))

	words := [2]string{"acts as " + fitName(p.one, 24), "unrelated accuracy"}
	if phone {
		words = [2]string{"behaviour", "unrelated"}
	}
	lines := []struct {
		points []dosePoint
		hue    role
		dashes []vg.Length
		glyph  func(draw.Canvas, role, vg.Point, vg.Length)
		words  string
	}{
		{p.line(func(d dosePoint) result.Row { return d.behaviour }), actionHue, nil, disc, words[0]},
		{p.line(func(d dosePoint) result.Row { return d.unrelated }), shuffled, []vg.Length{4, 2}, diamond, words[1]},
	}
	var tags []tag
	for _, l := range lines {
		if last := l.points[len(l.points)-1]; len(l.points) > 1 {
			tags = append(tags, tag{at: last.behaviour.Estimate.Value, text: l.words, hue: l.hue})
		}
	}
	first, last := min(0, p.series.points[0].dose), max(0, p.series.points[len(p.series.points)-1].dose)
	margin := 0.05 * max(last-first, 1e-9)
	ticks := []plot.Tick{{Value: 0, Label: "0"}}
	for _, at := range p.series.points {
		ticks = append(ticks, plot.Tick{Value: at.dose, Label: signed(at.dose, decimalsOf(at.dose))})
	}
	digits := 2
	if p.step >= 0.1 {
		digits = 1
	}
	yticks := steps(p.low, p.high, p.step, digits, signed)
	plot := newPlot(first-margin, last+margin, p.low, p.high, ticks, yticks)
	plot.X.Label.Text = "dose"
	plot.X.Label.Padding = 4
	plot.Add(gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(0), c.Max.X, y(0))
		for k, l := range lines {
			if len(l.points) < 2 {
				continue
			}
			aside := vg.Length(k)*4 - 2 // so that no bar lies on another
			var at []vg.Point
			for _, d := range l.points {
				pt := vg.Point{X: x(d.dose) + aside, Y: y(d.behaviour.Estimate.Value)}
				if d.dose == 0 {
					pt.X -= aside
				}
				at = append(at, pt)
			}
			c.StrokeLines(lineStyle(l.hue, 1.4, l.dashes...), at)
			for i, d := range l.points {
				if e := d.behaviour.Estimate; e.Interval != nil {
					errorBar(c, l.hue, at[i].X, y(e.Interval.Low), at[i].X, y(e.Interval.High))
				}
				l.glyph(c, l.hue, at[i], 3.2)
				hintAt(c, at[i], l.words+" at dose "+signed(d.dose, decimalsOf(d.dose))+": "+told(d.behaviour.Estimate, signed))
			}
		}
	}))
	right := max(tagsWidth(tags), c.Size().X-4.6*vg.Inch)
	body := draw.Crop(c, 2, -right, 2, -20)
	plot.Draw(body)
	data := plot.DataCanvas(body)
	x, y := plot.Transforms(&data)
	drawTags(c, tags, data, x, y)
}

// fitName quotes a name and shortens it to so many letters.
func fitName(name string, most int) string { return "“" + oneLine(name, most) + "”" }

func (p *dosePlot) alt() string {
	var parts []string
	for _, at := range p.series.points {
		s := fmt.Sprintf("at %s behaviour %s", signed(at.dose, decimalsOf(at.dose)), valueWithInterval(at.behaviour.Estimate, 2, signed))
		if there(at.unrelated) {
			s += ", unrelated accuracy " + valueWithInterval(at.unrelated.Estimate, 2, signed)
		}
		parts = append(parts, s)
	}
	return "Line chart of changes by dose, from dose 0. " + strings.Join(parts, "; ") + "."
}

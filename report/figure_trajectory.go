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
	"tell/estimate"
	"tell/result"
)

// A trajectoryPlot shows what is left undecided over positions above, and what
// stopping early saves against what it keeps below.
type trajectoryPlot struct {
	curves []leftCurve
	stops  []stopCurve
	last   int // position
	n      int
	level  float64
	low    float64 // of the lower axis of y
	high   float64
	full   estimate.Estimate
	truth  bool // accuracy is known; else it is the agreement with the final answer
}

// A leftCurve is the share of answers that are left, by position.
type leftCurve struct {
	name   string
	style  baselineStyle
	heavy  bool
	at     []int
	left   []estimate.Estimate
	median estimate.Estimate
}

// A stopCurve is what thresholds save and keep.
type stopCurve struct {
	name        string
	style       baselineStyle
	heavy       bool
	taus        []string
	saved, kept []float64
	chosen      *[2]estimate.Estimate // saved and kept at the threshold of the folds
}

var trajectoryStyles = map[string]baselineStyle{
	result.Probe:         {label: "probe", hue: probeHue},
	compare.StatedAnswer: {label: "stated", hue: actionHue, dashes: []vg.Length{9, 2}},
	"text so far":        {label: "text so far", hue: textHue, dashes: []vg.Length{6, 2}},
	"forced answer":      {label: "forced answer", hue: embedHue, dashes: []vg.Length{5, 2, 1, 2}},
	"position alone":     {label: "position alone", hue: nuisHue, dashes: []vg.Length{1.5, 2}},
}

func drawTrajectory(r *result.Result) *drawing {
	t := r.Table.In(trajectoryBlock)
	f := &trajectoryPlot{level: r.Protocol.Level, low: 1, high: 1}
	for _, name := range []string{result.Probe, "text so far", "forced answer", compare.StatedAnswer} {
		f.addCurve(t.Of(name), name)
	}
	if !slices.ContainsFunc(f.curves, func(c leftCurve) bool { return c.name == result.Probe }) || f.last == 0 {
		return nil
	}
	f.full = t.Estimate(compare.KeyAccuracyFull)
	f.truth = f.full.OK()
	if f.truth {
		f.makeRoom(f.full)
	}
	for _, name := range []string{result.Probe, "text so far", "forced answer", "position alone"} {
		f.addStops(t.Of(name), name)
	}
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, min(1.3*w, 5*vg.Inch) },
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (f *trajectoryPlot) addCurve(t result.Table, name string) {
	c := leftCurve{name: name, style: trajectoryStyles[name], heavy: name == result.Probe, median: t.Estimate(compare.KeyDecidedMedian)}
	for _, row := range t {
		if row.Key == compare.KeyUndecided && row.Estimate.OK() {
			c.at, c.left = append(c.at, row.Position), append(c.left, row.Estimate)
			f.last, f.n = max(f.last, row.Position), max(f.n, row.Estimate.N)
		}
	}
	if c.at != nil {
		f.curves = append(f.curves, c)
	}
}

func (f *trajectoryPlot) addStops(t result.Table, name string) {
	c := stopCurve{name: name, style: trajectoryStyles[name], heavy: name == result.Probe}
	key := compare.KeyAgreement
	if f.truth {
		key = compare.KeyAccuracyStopped
	}
	for _, s := range t.Subsets() {
		saved, kept := t.On(s).Estimate(compare.KeySaved), t.On(s).Estimate(key)
		if !saved.OK() || !kept.OK() {
			continue
		}
		switch s.Column {
		case compare.ColumnTau:
			c.taus, c.saved, c.kept = append(c.taus, s.Value), append(c.saved, saved.Value), append(c.kept, kept.Value)
			f.makeRoom(estimate.Estimate{Value: kept.Value})
		case "":
			if c.heavy {
				c.chosen = &[2]estimate.Estimate{saved, kept}
				f.makeRoom(kept)
			}
		}
	}
	if c.taus != nil {
		f.stops = append(f.stops, c)
	}
}

func (f *trajectoryPlot) makeRoom(e estimate.Estimate) {
	low, high := e.Value, e.Value
	if i := e.Interval; i != nil {
		low, high = min(low, i.Low), max(high, i.High)
	}
	if f.low == 1 && f.high == 1 {
		f.high = 0
	}
	f.low, f.high = max(0, min(f.low, math.Floor(10*low)/10)), min(1, max(f.high, math.Ceil(10*high)/10))
}

func (f *trajectoryPlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	heading := "Not yet decided and not yet stated, " + count(f.n, "answer", "answers")
	if !phone {
		heading += fmt.Sprintf(". Shading and bars: %s intervals", level(f.level))
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	right := max(tagsWidth(f.leftTags(phone)), tagsWidth(f.stopTags()))
	top, height := vg.Length(24), c.Size().Y-24
	upper := 0.52 * height
	f.paintLeft(draw.Crop(c, 2, -right, height-upper+8, -top), phone)
	f.paintStops(draw.Crop(c, 2, -right, 2, -top-upper-8), phone)
}

func (f *trajectoryPlot) paintLeft(body draw.Canvas, phone bool) {
	yticks := steps(0, 1, 0.25, 2, number)
	var xticks []plot.Tick
	step := 1
	for f.last/step > 10 {
		step = nextStep(step)
	}
	for v := 0; v <= f.last; v += step {
		xticks = append(xticks, plot.Tick{Value: float64(v), Label: strconv.Itoa(v)})
	}
	p := newPlot(0, float64(f.last), 0, 1, xticks, yticks)
	p.X.Label.Text = "tokens of the answer"
	p.X.Label.Padding = 4
	p.Y.Label.Text = "share left"
	p.Add(gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, curve := range f.curves {
			if curve.heavy {
				c.FillPolygon(probeBand.color(), curve.band(x, y))
			}
		}
		for _, curve := range slices.Backward(f.curves) {
			width := vg.Length(1.3)
			if curve.heavy {
				width = thickLine
			}
			c.StrokeLines(lineStyle(curve.style.hue, width, curve.style.dashes...), curve.stairs(x, y, func(e estimate.Estimate) float64 { return e.Value }))
			for i, at := range curve.at {
				hintAt(c, vg.Point{X: x(float64(at)), Y: y(curve.left[i].Value)}, fmt.Sprintf("%s, after %s: %s", curve.style.label, count(at, "token", "tokens"), told(curve.left[i], number)))
			}
		}
	}))
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	drawTags(body, f.leftTags(phone), data, x, y)
}

func nextStep(step int) int {
	for _, s := range []int{2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		if s > step {
			return s
		}
	}
	return 10 * step
}

// stairs is the curve as a function that falls at its positions.
func (l leftCurve) stairs(x, y func(float64) vg.Length, value func(estimate.Estimate) float64) []vg.Point {
	var line []vg.Point
	for i, at := range l.at {
		if i > 0 {
			line = append(line, vg.Point{X: x(float64(at)), Y: line[len(line)-1].Y})
		}
		line = append(line, vg.Point{X: x(float64(at)), Y: y(value(l.left[i]))})
	}
	return line
}

func (l leftCurve) band(x, y func(float64) vg.Length) []vg.Point {
	low := l.stairs(x, y, func(e estimate.Estimate) float64 {
		if e.Interval == nil {
			return e.Value
		}
		return e.Interval.Low
	})
	high := l.stairs(x, y, func(e estimate.Estimate) float64 {
		if e.Interval == nil {
			return e.Value
		}
		return e.Interval.High
	})
	slices.Reverse(high)
	return append(low, high...)
}

func (f *trajectoryPlot) leftTags(phone bool) []tag {
	var tags []tag
	for _, c := range f.curves {
		at := float64(c.at[len(c.at)-1])
		text := c.style.label
		switch {
		case phone:
		case c.median.OK():
			text += fmt.Sprintf(", half by %g", c.median.Value)
		default:
			text += ", never half"
		}
		tags = append(tags, tag{at: c.left[len(c.left)-1].Value, from: &at, text: text, hue: c.style.hue, heavy: c.heavy})
	}
	return tags
}

func (f *trajectoryPlot) paintStops(body draw.Canvas, _ bool) {
	step := 0.1
	if f.high-f.low < 0.25 {
		step = 0.05
	}
	yticks := steps(f.low, f.high, step, 2, number)
	p := newPlot(0, 1, f.low, f.high, steps(0, 1, 0.25, 2, number), yticks)
	p.X.Label.Text = "share of tokens saved by stopping early"
	p.X.Label.Padding = 4
	p.Y.Label.Text = "final answer kept"
	if f.truth {
		p.Y.Label.Text = "accuracy"
	}
	p.Add(gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		if f.truth {
			c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(f.full.Value), c.Max.X, y(f.full.Value))
		}
		for _, s := range slices.Backward(f.stops) {
			line := make([]vg.Point, len(s.taus))
			for i := range s.taus {
				line[i] = vg.Point{X: x(s.saved[i]), Y: y(s.kept[i])}
			}
			width := vg.Length(1.3)
			if s.heavy {
				width = thickLine
			}
			if len(line) > 1 {
				c.StrokeLines(lineStyle(s.style.hue, width, s.style.dashes...), line)
			}
			for i, pt := range line {
				disc(c, s.style.hue, pt, 2)
				hintAt(c, pt, fmt.Sprintf("%s at %s: saves %s, keeps %s", s.style.label, s.taus[i], number(s.saved[i], 2), number(s.kept[i], 2)))
				switch {
				case s.heavy && i == 0:
					c.FillText(textStyle(muted, smallType, draw.XRight, draw.YTop), vg.Point{X: pt.X - 3, Y: pt.Y - 4}, "at "+s.taus[i])
				case s.heavy && i == len(line)-1:
					c.FillText(textStyle(muted, smallType, draw.XLeft, draw.YTop), vg.Point{X: pt.X + 3, Y: pt.Y - 4}, "at "+s.taus[i])
				}
			}
			if s.chosen != nil {
				saved, kept := s.chosen[0], s.chosen[1]
				if i := kept.Interval; i != nil {
					errorBar(c, ink, x(saved.Value), y(i.Low), x(saved.Value), y(i.High))
				}
				if i := saved.Interval; i != nil {
					errorBar(c, ink, x(i.Low), y(kept.Value), x(i.High), y(kept.Value))
				}
				diamond(c, ink, vg.Point{X: x(saved.Value), Y: y(kept.Value)}, 4)
				hintAt(c, vg.Point{X: x(saved.Value), Y: y(kept.Value)}, fmt.Sprintf("at the threshold of the folds: saves %s, keeps %s", told(saved, number), told(kept, number)))
			}
		}
	}))
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	drawTags(body, f.stopTags(), data, x, y)
}

// stopTags name the line of the answers in full, and the curves at their least
// thresholds.
func (f *trajectoryPlot) stopTags() []tag {
	var tags []tag
	if f.truth {
		tags = append(tags, tag{at: f.full.Value, text: "in full " + number(f.full.Value, 2), hue: axis})
	}
	for _, s := range f.stops {
		at := s.saved[0]
		tags = append(tags, tag{at: s.kept[0], from: &at, text: s.style.label, hue: s.style.hue, heavy: s.heavy})
	}
	return tags
}

func (f *trajectoryPlot) alt() string {
	var b strings.Builder
	b.WriteString("Two charts. Share of answers left by position:")
	for _, c := range f.curves {
		k := len(c.at) - 1
		fmt.Fprintf(&b, " %s %s after %d tokens;", c.style.label, valueWithInterval(c.left[k], 2, number), c.at[k])
	}
	b.WriteString(" what stopping early saves and keeps:")
	for _, s := range f.stops {
		for i := range s.taus {
			fmt.Fprintf(&b, " %s at %s saves %s and keeps %s;", s.style.label, s.taus[i], number(s.saved[i], 2), number(s.kept[i], 2))
		}
	}
	return strings.TrimSuffix(b.String(), ";") + "."
}

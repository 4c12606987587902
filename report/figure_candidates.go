package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// A candidatePlot shows K above and K* below, the probe's by layer and those of
// the other scores as lines.
type candidatePlot struct {
	r           *result.Result
	first, last int
	panels      []candidatePanel
}

type candidatePanel struct {
	key, title        string
	layers            curve
	probe             estimate.Estimate
	lines             []scorerLine
	low, high, step   float64
	chance, lastPanel bool
}

// A scorerLine is the value of a score that has no layers.
type scorerLine struct {
	name  string
	value float64
	style baselineStyle
}

// scorerStyles are those of the first scorers that a study names; further ones
// are in the table.
var scorerStyles = []baselineStyle{
	{hue: actionHue, dashes: []vg.Length{9, 2}},
	{hue: embedHue, dashes: []vg.Length{5, 2, 1, 2}},
	{hue: nuisHue, dashes: []vg.Length{1.5, 2}},
	{hue: textHue, dashes: []vg.Length{6, 2}},
}

var allScorersStyle = baselineStyle{label: "all scores", hue: shuffled, dashes: []vg.Length{2, 2}}

func drawCandidates(r *result.Result) *drawing {
	t := r.Table.In(candidatesBlock)
	if len(t) == 0 || len(r.Sites) == 0 {
		return nil
	}
	c := &candidatePlot{r: r}
	c.first, c.last = layerRange(r.Sites)
	for _, key := range []string{compare.KeyK, compare.KeyKStar} {
		panel := newCandidatePanel(r, t, key)
		if panel == nil {
			return nil
		}
		c.panels = append(c.panels, *panel)
	}
	c.panels[1].lastPanel = true
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, min(1.2*w, 4.8*vg.Inch) },
		paint: c.paint,
		alt:   c.alt(),
	}
}

// newCandidatePanel is nil where no layer has a value.
func newCandidatePanel(r *result.Result, t result.Table, key string) *candidatePanel {
	p := &candidatePanel{key: key, title: titleOf(key), probe: t.Of(result.Probe).At(result.None, result.None).Estimate(key), low: 0, high: 0.1}
	if key == compare.KeyK {
		p.chance, p.low, p.high = true, 0.5, 0.6
	}
	some := false
	for _, s := range r.Sites {
		row, ok := t.Of(result.Probe).At(s.Layer, result.None).Find(key)
		if !ok {
			continue
		}
		e := row.Estimate
		p.layers.points = append(p.layers.points, point{layer: float64(s.Layer), auroc: e})
		some = some || e.OK()
		p.makeRoom(e)
	}
	if !some {
		return nil
	}
	p.makeRoom(p.probe)
	named := 0
	for _, name := range scorersOf(t) {
		style := allScorersStyle
		switch {
		case name == compare.AllExternal:
		case isScorer(name) && named < len(scorerStyles):
			style = scorerStyles[named]
			style.label = name
			named++
		default:
			continue
		}
		if e := t.Of(name).Estimate(key); e.OK() {
			p.lines = append(p.lines, scorerLine{style.label, e.Value, style})
			p.makeRoom(estimate.Estimate{Value: e.Value})
		}
	}
	p.step = 0.1
	if p.high-p.low < 0.25 {
		p.step = 0.05
	}
	return p
}

func (p *candidatePanel) makeRoom(e estimate.Estimate) {
	if !e.OK() {
		return
	}
	low, high := e.Value, e.Value
	if i := e.Interval; i != nil {
		low, high = min(low, i.Low), max(high, i.High)
	}
	p.low = max(0, min(p.low, math.Floor(10*low)/10))
	p.high = min(1, max(p.high, math.Ceil(10*high)/10))
}

func (f *candidatePlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	heading := fmt.Sprintf("Candidate answers, %s held out in turn", count(f.panels[0].probe.N, "question", "questions"))
	if i := f.panels[0].probe.Interval; i != nil && !phone {
		heading += fmt.Sprintf(". Shading and bars: %s intervals", level(i.Level))
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	var right vg.Length
	for _, p := range f.panels {
		right = max(right, tagsWidth(p.tags(phone)))
	}
	top, height := vg.Length(24), c.Size().Y-24
	upper := 0.54 * height
	f.panel(draw.Crop(c, 2, -right, height-upper+6, -top), f.panels[0], phone)
	f.panel(draw.Crop(c, 2, -right, 2, -top-upper-6), f.panels[1], phone)
}

func (f *candidatePlot) panel(body draw.Canvas, of candidatePanel, phone bool) {
	span := max(1, float64(f.last-f.first))
	width := float64(body.Size().X) - 24
	lane := span * 26 / (width - 60)
	nestedAt := float64(f.last) + lane
	var xticks []plot.Tick
	if of.lastPanel {
		xticks = layerTicks(f.first, f.last, int(width/28))
		if of.probe.OK() {
			xticks = append(xticks, plot.Tick{Value: nestedAt, Label: "nested"})
		}
	}
	yticks := steps(of.low, of.high, of.step, 2, number)
	if of.step == 0.1 {
		yticks = steps(of.low, of.high, of.step, 1, number)
	}
	p := newPlot(float64(f.first)-0.02*span, nestedAt+0.6*lane, of.low, of.high, xticks, yticks)
	p.Y.Label.Text = of.title
	if of.lastPanel {
		p.X.Label.Text = layerWords(f.r)
		p.X.Label.Padding = 4
	}
	p.Add(mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, run := range of.layers.runs(point.bounded) {
			fillBetween(c, probeBand, run, x, y, func(p point) (float64, float64) { return p.auroc.Interval.Low, p.auroc.Interval.High })
		}
	}), gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		if of.chance {
			c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(0.5), c.Max.X, y(0.5))
		}
		for _, l := range of.lines {
			c.StrokeLine2(lineStyle(l.style.hue, 1.3, l.style.dashes...), c.Min.X, y(l.value), c.Max.X, y(l.value))
		}
		for _, run := range of.layers.runs(point.known) {
			strokeAlong(c, lineStyle(probeHue, thickLine), run, x, y, func(p point) float64 { return p.auroc.Value })
			hintAlong(c, run, x, y, atLayer)
			for _, p := range run {
				disc(c, probeHue, vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}, 1.8)
			}
		}
		if of.probe.OK() {
			if i := of.probe.Interval; i != nil {
				errorBar(c, ink, x(nestedAt), y(i.Low), x(nestedAt), y(i.High))
			}
			diamond(c, ink, vg.Point{X: x(nestedAt), Y: y(of.probe.Value)}, 4)
		}
	}))
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	drawTags(body, of.tags(phone), data, x, y)
}

func (p *candidatePanel) tags(phone bool) []tag {
	var tags []tag
	limit := 22
	if phone {
		limit = 12
	}
	if p.probe.OK() {
		text := "probe " + valueWithInterval(p.probe, 2, number)
		if phone {
			text = "probe " + number(p.probe.Value, 2)
		}
		tags = append(tags, tag{at: p.probe.Value, text: text, hue: ink, heavy: true})
	}
	for _, l := range p.lines {
		tags = append(tags, tag{at: l.value, text: oneLine(l.name, limit) + " " + number(l.value, 2), hue: l.style.hue})
	}
	if p.chance {
		tags = append(tags, tag{at: 0.5, text: "chance", hue: axis})
	}
	return tags
}

func (f *candidatePlot) alt() string {
	var b strings.Builder
	b.WriteString("Two line charts against layer.")
	for _, p := range f.panels {
		fmt.Fprintf(&b, " %s: %s", p.title, p.layers.sentence(false))
		if p.probe.OK() {
			fmt.Fprintf(&b, " Probe of the chosen layers: %s.", valueWithInterval(p.probe, 2, number))
		}
		for _, l := range p.lines {
			fmt.Fprintf(&b, " %s: %s.", oneLine(l.name, 60), number(l.value, 2))
		}
	}
	return b.String()
}

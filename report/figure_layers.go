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

	"tell/estimate"
	"tell/result"
)

// A baselineStyle is how a baseline looks and is called in the figure of the
// layers. The dashes tell the lines apart without colour.
type baselineStyle struct {
	label  string
	hue    role
	dashes []vg.Length
}

// The majority has an AUROC of 0.5 by construction and is left to the line of
// chance.
var baselineStyles = map[string]baselineStyle{
	result.Text:      {"text only", textHue, []vg.Length{6, 2}},
	result.Embedding: {"embeddings", embedHue, []vg.Length{5, 2, 1, 2}},
	result.Nuisance:  {"nuisance", nuisHue, []vg.Length{1.5, 2}},
	result.Behaviour: {"behaviour", actionHue, []vg.Length{9, 2}},
}

// A layerPlot is the layer-wise curve with everything it is read against.
type layerPlot struct {
	r *result.Result
	headline
	curves []curve
	widest curve // of shuffled labels over the positions
	nested estimate.Estimate

	first, last int     // layers
	low         float64 // end of the axis; the other end is 1
}

func drawLayers(r *result.Result) *drawing {
	h := headlineOf(r)
	l := &layerPlot{r: r, headline: h, curves: curvesOf(r), nested: nestedOf(r).Estimate(h.key), low: h.low}
	if len(l.curves) == 0 {
		return nil
	}
	l.first, l.last = layerRange(r.Sites)
	l.widest = widestNull(r)
	for _, c := range l.curves {
		for _, p := range c.points {
			l.makeRoom(p.auroc, len(l.curves) == 1)
		}
	}
	for _, b := range r.Predictors {
		l.makeRoom(baselineOf(r, b.Name).Estimate(l.key), false)
	}
	l.makeRoom(l.nested, true)
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, min(w, 3.7*vg.Inch) },
		paint: l.paint,
		alt:   l.alt(),
	}
}

// makeRoom lowers the axis to hold an estimate.
func (l *layerPlot) makeRoom(e estimate.Estimate, withInterval bool) {
	if !e.OK() {
		return
	}
	v := e.Value
	if withInterval && e.Interval != nil {
		v = min(v, e.Interval.Low)
	}
	l.low = max(2*l.chance-1, min(l.low, math.Floor(10*v)/10))
}

func (l *layerPlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	tags := l.tags(phone)
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, l.heading(phone))
	body := draw.Crop(c, 2, -tagsWidth(tags), 2, -24)

	span := max(1, float64(l.last-l.first))
	width := float64(body.Size().X) - 24
	lane := span * 26 / (width - 60) // between the last layer and the nested choice
	xticks := layerTicks(l.first, l.last, int(width/28))
	nestedAt := float64(l.last) + lane
	if l.nested.OK() {
		xticks = append(xticks, plot.Tick{Value: nestedAt, Label: "nested"})
	}
	yticks := steps(l.low, 1, 0.1, 1, number)
	p := newPlot(float64(l.first)-0.02*span, nestedAt+0.6*lane, l.low, 1, xticks, yticks)
	p.X.Label.Text = l.axisLabel(phone)
	p.X.Label.Padding = 4

	p.Add(l.bands(), gridAt(yticks), l.null(), l.baselines(), l.lines(), l.chosen(), l.nestedMark(nestedAt))
	p.Draw(body)

	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	drawTags(c, tags, data, x, y)
}

func (l *layerPlot) heading(phone bool) string {
	if phone {
		return fmt.Sprintf("%s on held-out rows (n = %s)", capital(l.short), grouped(int64(l.r.Data.Used)))
	}
	d := l.r.Data
	h := fmt.Sprintf("%s on held-out rows (n = %s%s)", capital(l.short), count(d.Used, "row", "rows"), inGroups(d, d.Groups))
	if e := l.nested; e.Interval != nil {
		shown := "Shading and bar"
		if len(l.curves) > 1 {
			shown = "Bar"
		}
		h += fmt.Sprintf(". %s: %s interval", shown, level(e.Interval.Level))
	}
	return h
}

func (l *layerPlot) axisLabel(phone bool) string {
	label := layerWords(l.r)
	if len(l.r.Choices) == 0 {
		return label
	}
	if phone {
		return "layer; ▲ chosen in a training fold"
	}
	return label + "; ▲ chosen inside a training fold"
}

// layerWords names the axis of layers, and the embeddings where it is known
// which layer they are.
func layerWords(r *result.Result) string {
	e := r.Reading.Embeddings
	if e == nil || !slices.ContainsFunc(r.Sites, func(s result.Site) bool { return s.Layer == *e }) {
		return "layer"
	}
	return fmt.Sprintf("layer (%d = embeddings)", *e)
}

// bands draws where shuffled labels lie and, for a single curve, its interval.
func (l *layerPlot) bands() mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, run := range l.widest.runs(point.tested) {
			fillBetween(c, nullBand, run, x, y, func(p point) (float64, float64) { return p.null.mean, p.null.high })
		}
		if len(l.curves) > 1 {
			return
		}
		for _, run := range l.curves[0].runs(point.bounded) {
			fillBetween(c, probeBand, run, x, y, func(p point) (float64, float64) { return p.auroc.Interval.Low, p.auroc.Interval.High })
		}
	}
}

// null draws chance and the quantile of shuffled labels.
func (l *layerPlot) null() mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(l.chance), c.Max.X, y(l.chance))
		for _, run := range l.widest.runs(point.tested) {
			strokeAlong(c, lineStyle(shuffled, thinLine, 2, 2), run, x, y, func(p point) float64 { return p.null.high })
		}
	}
}

func (l *layerPlot) baselines() mark {
	return func(c draw.Canvas, _, y func(float64) vg.Length) {
		for _, b := range l.r.Predictors {
			style, known := baselineStyles[b.Name]
			if e := baselineOf(l.r, b.Name).Estimate(l.key); known && e.OK() {
				c.StrokeLine2(lineStyle(style.hue, 1.3, style.dashes...), c.Min.X, y(e.Value), c.Max.X, y(e.Value))
			}
		}
	}
}

func (l *layerPlot) lines() mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		for i, curve := range l.curves {
			hue := l.hue(i)
			for _, run := range curve.runs(point.known) {
				strokeAlong(c, lineStyle(hue, thickLine), run, x, y, func(p point) float64 { return p.auroc.Value })
				hintAlong(c, run, x, y, func(x float64) string { return l.at(curve, x) })
				for _, p := range run {
					if len(l.curves) == 1 || len(run) == 1 {
						disc(c, hue, vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}, 1.8)
					}
				}
			}
		}
	}
}

// at says where a value of a curve is.
func (l *layerPlot) at(of curve, layer float64) string {
	if len(l.curves) == 1 {
		return atLayer(layer)
	}
	return atLayer(layer) + ", " + oneLine(of.name, 40)
}

// hue runs from the lightest that stands out, for the first position, to the
// darkest.
func (l *layerPlot) hue(i int) role {
	if len(l.curves) == 1 {
		return probeHue
	}
	const from = 5
	return heatRoles[from+i*(heatSteps-1-from)/(len(l.curves)-1)]
}

// chosen marks on the axis the layers that the training folds chose.
func (l *layerPlot) chosen() mark {
	return func(c draw.Canvas, x, _ func(float64) vg.Length) {
		for _, choice := range l.r.Choices {
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: ink.color(), Radius: 2.6, Shape: draw.PyramidGlyph{}}, vg.Point{X: x(float64(choice.Layer)), Y: c.Min.Y + 2.2})
		}
	}
}

func (l *layerPlot) nestedMark(at float64) mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		if !l.nested.OK() {
			return
		}
		if i := l.nested.Interval; i != nil {
			errorBar(c, ink, x(at), y(i.Low), x(at), y(i.High))
		}
		diamond(c, ink, vg.Point{X: x(at), Y: y(l.nested.Value)}, 4)
		hintAt(c, vg.Point{X: x(at), Y: y(l.nested.Value)}, "nested choice: "+told(l.nested, number))
	}
}

// tags are the labels at the right edge.
func (l *layerPlot) tags(phone bool) []tag {
	var tags []tag
	if l.nested.OK() {
		text := "nested choice " + valueWithInterval(l.nested, 2, number)
		if phone {
			text = "nested " + number(l.nested.Value, 2)
		}
		tags = append(tags, tag{at: l.nested.Value, text: text, hue: ink, heavy: true})
	}
	tags = append(tags, l.curveTags(phone)...)
	for _, b := range l.r.Predictors {
		style, known := baselineStyles[b.Name]
		switch e := baselineOf(l.r, b.Name).Estimate(l.key); {
		case known && e.OK():
			tags = append(tags, tag{at: e.Value, text: style.label + " " + number(e.Value, 2), hue: style.hue})
		case known:
			tags = append(tags, tag{at: l.low, text: style.label + unknownBecause(e), nowhere: true})
		}
	}
	tags = append(tags, tag{at: l.chance, text: "chance", hue: axis})
	if last, ok := l.widest.last(point.tested); ok {
		text := level(l.r.Protocol.Level) + " of shuffled labels"
		if phone {
			text = level(l.r.Protocol.Level) + " shuffled"
		}
		tags = append(tags, tag{at: last.null.high, from: &last.layer, text: text, hue: shuffled})
	}
	return tags
}

// unknownBecause is the head of a reason such as "constant: every row has the
// same state", if it has one.
func unknownBecause(e estimate.Estimate) string {
	if reason, _, ok := strings.Cut(e.Reason, ":"); ok && len(reason) < 12 {
		return ": " + reason
	}
	return ": not estimable"
}

// maxCurveTags is how many positions are named beside their curves.
const maxCurveTags = 5

func (l *layerPlot) curveTags(phone bool) []tag {
	var tags []tag
	every := 1 + (len(l.curves)-1)/maxCurveTags
	for i, curve := range l.curves {
		last, ok := curve.last(point.known)
		if !ok || (i%every != 0 && i != len(l.curves)-1) {
			continue
		}
		text := "each layer"
		if len(l.curves) > 1 {
			text = curve.name
		}
		limit := 24
		if phone {
			limit = 12
		}
		tags = append(tags, tag{at: last.auroc.Value, from: &last.layer, text: oneLine(text, limit), hue: l.hue(i)})
	}
	return tags
}

func (l *layerPlot) alt() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Line chart of %s against layer, layers %d to %d", l.short, l.first, l.last)
	if len(l.curves) > 1 {
		fmt.Fprintf(&b, ", a line for each of %d positions", len(l.curves))
	}
	b.WriteString(".")
	for i, curve := range l.curves {
		if i == maxCurveTags {
			fmt.Fprintf(&b, " Further positions are in the table of layers.")
			break
		}
		b.WriteString(" " + curve.sentence(len(l.curves) > 1))
	}
	if l.nested.OK() {
		fmt.Fprintf(&b, " Nested choice: %s.", valueWithInterval(l.nested, 2, number))
	}
	for _, base := range l.r.Predictors {
		e := baselineOf(l.r, base.Name).Estimate(l.key)
		if e.OK() {
			fmt.Fprintf(&b, " Baseline %s: %s.", base.Name, number(e.Value, 2))
		} else {
			fmt.Fprintf(&b, " Baseline %s: not estimable, %s.", base.Name, e.Reason)
		}
	}
	return b.String()
}

// layerTicks returns at most about most ticks at round layers.
func layerTicks(first, last, most int) []plot.Tick {
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		step = s
		if (last-first)/s < max(1, most) {
			break
		}
	}
	var ticks []plot.Tick
	for v := first; v <= last; v++ {
		if v%step == 0 {
			ticks = append(ticks, plot.Tick{Value: float64(v), Label: strconv.Itoa(v)})
		}
	}
	return ticks
}

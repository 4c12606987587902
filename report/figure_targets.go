package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// A targetsPlot is two targets by layer: what each is read with, the difference,
// and how alike the two directions are.
type targetsPlot struct {
	r           *result.Result
	names       [2]string
	own         [2][]point
	difference  []point
	cosine      []point
	floor       [2][]point
	expected    estimate.Estimate
	first, last int
}

var targetHues = [2]role{probeHue, actionHue}

func drawTargets(r *result.Result) *drawing {
	pairs := targetPairsOf(r)
	if len(pairs) == 0 {
		return nil
	}
	p := &targetsPlot{r: r, names: pairs[0].names, expected: pairs[0].table.Estimate(compare.KeyCosineExpected)}
	known := false
	for i, layer := range pairs[0].layers {
		if i == 0 {
			p.first = layer
		}
		p.last = layer
		at := pairs[0].table.At(layer, result.None)
		put := func(to *[]point, train, test int, key string) {
			*to = append(*to, point{layer: float64(layer), auroc: between(at, p.names[train], p.names[test]).Estimate(key)})
		}
		for k := range p.names {
			put(&p.own[k], k, k, compare.KeyTargetAUROC)
			put(&p.floor[k], k, k, compare.KeyCosineFloor)
			known = known || p.own[k][i].known()
		}
		put(&p.difference, 0, 1, compare.KeyTargetAUROCDifference)
		put(&p.cosine, 0, 1, compare.KeyCosineCorrected)
	}
	if !known {
		return nil
	}
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, 5.4 * vg.Inch },
		paint: p.paint,
		alt:   p.alt(),
	}
}

func (p *targetsPlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	limit := 22
	if phone {
		limit = 11
	}
	var names [2]string
	for k, name := range p.names {
		names[k] = oneLine(name, limit)
	}
	own := make([][]tag, 3)
	for k := range names {
		own[0] = p.tag(own[0], p.own[k], names[k], targetHues[k])
		own[2] = p.tag(own[2], p.floor[k], "floor, "+names[k], targetHues[k])
	}
	own[0] = append(own[0], tag{at: 0.5, text: "chance", hue: axis})
	own[1] = append(own[1], tag{at: 0, text: "no difference", hue: axis})
	own[2] = p.tag(own[2], p.cosine, "corrected", ink)
	if p.expected.OK() {
		text := "from the labels alone"
		if phone {
			text = "labels alone"
		}
		own[2] = append(own[2], tag{at: p.expected.Value, text: text, hue: shuffled})
	}
	right := max(tagsWidth(own[0]), tagsWidth(own[1]), tagsWidth(own[2]))
	titles := [3]string{
		"AUROC of each target by a probe of its own",
		fmt.Sprintf("Difference: %s minus %s", names[1], names[0]),
		"Cosine of the two directions",
	}
	h := c.Size().Y
	var tops [4]vg.Length
	for i, share := range []vg.Length{0, 0.36, 0.61, 1} {
		tops[i] = h * share
	}
	for i, draws := range []func(draw.Canvas, []tag, bool){p.curves, p.differences, p.cosines} {
		panel := draw.Crop(c, 0, 0, h-tops[i+1], -tops[i])
		c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: panel.Max.Y - 3}, titles[i])
		draws(draw.Crop(panel, 2, -right, 2, -19), own[i], i == 2)
	}
}

// tag names a curve at its last point.
func (p *targetsPlot) tag(tags []tag, of []point, text string, hue role) []tag {
	if last, ok := (curve{points: of}).last(point.known); ok {
		return append(tags, tag{at: last.auroc.Value, from: &last.layer, text: text, hue: hue})
	}
	return append(tags, tag{at: 0, text: text + ": not estimable", nowhere: true})
}

// panel draws a plot of layers with y from low to high.
func (p *targetsPlot) panel(c draw.Canvas, tags []tag, low, high, step float64, labelled bool, marks ...plot.Plotter) {
	span := max(1, float64(p.last-p.first))
	xticks := layerTicks(p.first, p.last, int(c.Size().X/28))
	yticks := steps(low, high, step, 1, number)
	if low >= 0 { // as wide as ticks with a sign, so that the panels stand in line
		c = draw.Crop(c, textStyle(muted, smallType, draw.XRight, draw.YCenter).Width("−"), 0, 0, 0)
	}
	plot := newPlot(float64(p.first)-0.02*span, float64(p.last)+0.02*span, low, high, xticks, yticks)
	if labelled {
		plot.X.Label.Text = layerWords(p.r)
		plot.X.Label.Padding = 4
	}
	plot.Add(gridAt(yticks))
	plot.Add(marks...)
	plot.Draw(c)
	data := plot.DataCanvas(c)
	x, y := plot.Transforms(&data)
	for i := range tags {
		if tags[i].nowhere {
			tags[i].at = low
		}
	}
	drawTags(c, tags, data, x, y)
}

func level0(at float64) mark {
	return func(c draw.Canvas, _, y func(float64) vg.Length) {
		c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(at), c.Max.X, y(at))
	}
}

// line draws a curve with its points.
func line(name string, of []point, hue role, width vg.Length, dashes ...vg.Length) mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, run := range (curve{points: of}).runs(point.known) {
			strokeAlong(c, lineStyle(hue, width, dashes...), run, x, y, func(p point) float64 { return p.auroc.Value })
			hintAlong(c, run, x, y, func(x float64) string { return name + ", " + atLayer(x) })
			for _, p := range run {
				if dashes == nil || len(run) == 1 {
					disc(c, hue, vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}, 1.8)
				}
			}
		}
	}
}

// band fills the intervals of a curve.
func band(of []point, hue role) mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, run := range (curve{points: of}).runs(point.bounded) {
			fillBetween(c, hue, run, x, y, func(p point) (float64, float64) { return p.auroc.Interval.Low, p.auroc.Interval.High })
		}
	}
}

func bars(of []point, hue role) mark {
	return func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, p := range of {
			if p.bounded() {
				clip := func(v float64) vg.Length { return min(c.Max.Y, max(c.Min.Y, y(v))) }
				errorBar(c, hue, x(p.layer), clip(p.auroc.Interval.Low), x(p.layer), clip(p.auroc.Interval.High))
			}
		}
	}
}

// ends are those of some curves with their intervals.
func ends(low, high float64, curves ...[]point) (float64, float64) {
	for _, c := range curves {
		for _, p := range c {
			if p.known() {
				low, high = min(low, p.auroc.Value), max(high, p.auroc.Value)
			}
			if p.bounded() {
				low, high = min(low, p.auroc.Interval.Low), max(high, p.auroc.Interval.High)
			}
		}
	}
	return low, high
}

func (p *targetsPlot) curves(c draw.Canvas, tags []tag, labelled bool) {
	low, _ := ends(0.5, 1, p.own[0], p.own[1])
	low = max(0, math.Floor(10*low)/10)
	p.panel(c, tags, low, 1, 0.1, labelled, level0(0.5), bars(p.own[0], targetHues[0]), bars(p.own[1], targetHues[1]),
		line(p.names[0], p.own[0], targetHues[0], thickLine), line(p.names[1], p.own[1], targetHues[1], thickLine))
}

func (p *targetsPlot) differences(c draw.Canvas, tags []tag, labelled bool) {
	low, high := ends(-0.1, 0.1, p.difference)
	step := 0.1
	if high-low > 0.5 {
		step = 0.2
	}
	low, high = step*math.Floor(low/step+1e-9), step*math.Ceil(high/step-1e-9)
	p.panel(c, tags, low, high, step, labelled, band(p.difference, grid), level0(0), line("difference", p.difference, ink, thickLine))
}

func (p *targetsPlot) cosines(c draw.Canvas, tags []tag, labelled bool) {
	low, _ := ends(0, 1, p.cosine, p.floor[0], p.floor[1])
	low = max(-1, 0.5*math.Floor(low/0.5+1e-9))
	expected := mark(func(c draw.Canvas, _, y func(float64) vg.Length) {
		if p.expected.OK() {
			c.StrokeLine2(lineStyle(shuffled, thinLine, 2, 2), c.Min.X, y(p.expected.Value), c.Max.X, y(p.expected.Value))
		}
	})
	p.panel(c, tags, low, 1.1, 0.5, labelled, expected,
		line("floor, "+p.names[0], p.floor[0], targetHues[0], thinLine, 5, 2), line("floor, "+p.names[1], p.floor[1], targetHues[1], thinLine, 5, 2),
		bars(p.cosine, ink), line("cosine", p.cosine, ink, thickLine))
}

func (p *targetsPlot) alt() string {
	s := fmt.Sprintf("Three line charts by layer, layers %d to %d. ", p.first, p.last)
	for k, name := range p.names {
		s += "AUROC of " + oneLine(name, 40) + ": " + (curve{points: p.own[k]}).sentence(false) + " "
	}
	return s + "Corrected cosine: " + (curve{points: p.cosine}).sentence(false)
}

package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/gap"
	"tell/result"
)

// A baseRatePlot shows the net gap as a line over the share of rows of label 1.
type baseRatePlot struct {
	one            string // what the study calls label 1
	level          float64
	hit, alarm     [2]float64 // of the behaviour, then of the probe
	bounds         []bound    // of the net gap, by ascending share
	base           float64    // the share among the rows of the study
	net, root      estimate.Estimate
	low, high, tic float64
}

// bound is the net gap at one share.
type bound struct {
	share float64
	net   estimate.Estimate
}

func drawBaseRate(r *result.Result) *drawing {
	g := gapOf(r)
	p := &baseRatePlot{one: labelName(r, 1), level: r.Protocol.Level, net: netOf(g), root: g.Estimate(gap.KeyBaseRateRoot)}
	for k, e := range []*float64{&p.hit[0], &p.alarm[0], &p.hit[1], &p.alarm[1], &p.base} {
		of := g.Estimate([]string{gap.KeyHitBehaviour, gap.KeyAlarmBehaviour, gap.KeyHitProbe, gap.KeyAlarmProbe, gap.KeyBaseRate}[k])
		if !of.OK() || !(of.Value >= 0 && of.Value <= 1) {
			return nil
		}
		*e = of.Value
	}
	if !p.net.OK() || math.Abs(p.net.Value) > 1 {
		return nil
	}
	if p.root.OK() && !(p.root.Value >= 0 && p.root.Value <= 1) {
		return nil
	}
	for _, at := range []struct {
		key   string
		share float64
	}{{gap.KeyNetAt05, 0.05}, {gap.KeyNetAt25, 0.25}, {gap.KeyNetAt50, 0.5}, {gap.KeyNetAt75, 0.75}, {gap.KeyNetAt95, 0.95}} {
		if e := g.Estimate(at.key); e.OK() && e.Interval != nil && e.Interval.Low >= -1 && e.Interval.High <= 1 {
			p.bounds = append(p.bounds, bound{at.share, e})
		}
	}
	p.setAxis()
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, max(200, 0.5*w) },
		paint: p.paint,
		alt:   p.alt(),
	}
}

func (p *baseRatePlot) at(share float64) float64 {
	return gap.NetAt(share, gap.Rates{Hit: p.hit[1], Alarm: p.alarm[1]}, gap.Rates{Hit: p.hit[0], Alarm: p.alarm[0]})
}

func (p *baseRatePlot) setAxis() {
	low, high := min(0, p.at(0), p.at(1)), max(0, p.at(0), p.at(1))
	for _, b := range p.bounds {
		low, high = min(low, b.net.Interval.Low), max(high, b.net.Interval.High)
	}
	p.tic = 0.1
	if high-low > 0.8 {
		p.tic = 0.2
	}
	if high-low < 0.2 {
		p.tic = 0.05
	}
	// Room on both sides of zero for what they mean.
	p.low = min(p.tic*math.Floor(low/p.tic+1e-9), -p.tic)
	p.high = max(p.tic*math.Ceil(high/p.tic-1e-9), p.tic)
}

func (p *baseRatePlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	title := fmt.Sprintf("Net gap in points at other base rates; band: %s intervals", level(p.level))
	if p.bounds == nil {
		title = "Net gap in points at other base rates"
	}
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(style, title, c.Size().X-6))
	xticks := steps(0, 1, 0.2, 0, func(v float64, _ int) string { return points(v, 0) + "%" })
	yticks := steps(p.low, p.high, p.tic, 0, func(v float64, _ int) string { return signedPoints(v, 0) })
	plot := newPlot(0, 1, p.low, p.high, xticks, yticks)
	label := textStyle(ink, plainType, draw.XCenter, draw.YBottom)
	plot.X.Label.Text = "share of rows of “" + fit(label, p.one, 0.5*c.Size().X) + "”"
	plot.X.Label.Padding = 4
	plot.Add(gridAt(yticks), mark(p.band), mark(func(c draw.Canvas, x, y func(float64) vg.Length) { p.marks(c, x, y, phone) }))
	plot.Draw(draw.Crop(c, 2, -12, 2, -22))
}

// band joins the intervals at a few shares by straight lines. Between them the
// interval of a straight line is narrower than its chord.
func (p *baseRatePlot) band(c draw.Canvas, x, y func(float64) vg.Length) {
	if len(p.bounds) < 2 {
		return
	}
	var outline []vg.Point
	for _, b := range p.bounds {
		outline = append(outline, vg.Point{X: x(b.share), Y: y(b.net.Interval.Low)})
	}
	for i := len(p.bounds) - 1; i >= 0; i-- {
		outline = append(outline, vg.Point{X: x(p.bounds[i].share), Y: y(p.bounds[i].net.Interval.High)})
	}
	c.FillPolygon(probeBand.color(), outline)
}

func (p *baseRatePlot) marks(c draw.Canvas, x, y func(float64) vg.Length, phone bool) {
	c.StrokeLine2(lineStyle(axis, thinLine), x(0), y(0), x(1), y(0))
	c.StrokeLine2(lineStyle(muted, hairline, 3, 2.5), x(p.base), c.Min.Y, x(p.base), c.Max.Y)
	c.StrokeLine2(lineStyle(probeHue, thickLine), x(0), y(p.at(0)), x(1), y(p.at(1)))
	disc(c, probeHue, vg.Point{X: x(p.base), Y: y(p.at(p.base))}, 3.6)
	for _, b := range p.bounds {
		hintAt(c, vg.Point{X: x(b.share), Y: y(p.at(b.share))}, fmt.Sprintf("at a share of %s: %s points%s", number(b.share, 2), signedPoints(b.net.Value, pointsOf(b.net)), inWords(b.net, signedPoints, pointsOf(b.net), "")))
	}
	hintAt(c, vg.Point{X: x(p.base), Y: y(p.at(p.base))}, fmt.Sprintf("these rows, %s%%: %s points%s", points(p.base, 0), signedPoints(p.net.Value, pointsOf(p.net)), inWords(p.net, signedPoints, pointsOf(p.net), "")))
	if i := p.root.Interval; p.root.OK() && i != nil {
		c.StrokeLine2(lineStyle(ink, 1.4), x(max(0, i.Low)), y(0), x(min(1, i.High)), y(0))
	}
	if p.root.OK() {
		diamond(c, ink, vg.Point{X: x(p.root.Value), Y: y(0)}, 4)
	}
	p.words(c, x, y, phone)
}

// words name the two points and the sides of zero, each in the half of the plot
// that the line leaves free.
func (p *baseRatePlot) words(c draw.Canvas, x, y func(float64) vg.Length, phone bool) {
	small := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	side := func(share float64, at vg.Point, text string) {
		s := small
		if share > 0.5 {
			s.XAlign, at.X = draw.XRight, at.X-10
		}
		at.X += 5
		fillTextMiddle(c, s, at, text)
	}
	rises := p.at(1) >= p.at(0)
	here := "these rows: " + points(p.base, 0) + "%, " + signedPoints(p.net.Value, 0)
	top := vg.Point{X: x(p.base), Y: c.Max.Y - 7}
	free, room := 0.0, x(1)-x(p.base)
	if rises {
		free, room = 1, x(p.base)-x(0)
	}
	// Left of a rising line the top is free, and right of it the bottom, where on a phone
	// the sides of zero may stand already.
	switch crowded := phone && y(0)-c.Min.Y < 28; {
	case rises == (p.base > 0.5):
		side(p.base, top, here)
	case crowded && small.Width(here)+12 < room:
		side(free, top, here)
	default:
		side(p.base, vg.Point{X: x(p.base), Y: c.Min.Y + 7}, here)
	}
	if p.root.OK() {
		turns := "the sign turns at " + points(p.root.Value, 0) + "%"
		if i := p.root.Interval; i != nil && !phone {
			turns += " (" + points(i.Low, 0) + " to " + points(i.High, 0) + ")"
		}
		offset := vg.Length(11)
		if rises == (p.root.Value <= 0.5) {
			offset = -offset
		}
		side(p.root.Value, vg.Point{X: x(p.root.Value), Y: y(0) + offset}, turns)
	}
	// The line leaves zero at the end where it is far from it.
	sides, edge := textStyle(muted, smallType, draw.XLeft, draw.YCenter), x(0)+4
	if math.Abs(p.at(1)) > math.Abs(p.at(0)) {
		sides.XAlign, edge = draw.XRight, x(1)-4
	}
	fillTextMiddle(c, sides, vg.Point{X: edge, Y: y(0) + 9}, "probe right more often")
	fillTextMiddle(c, sides, vg.Point{X: edge, Y: y(0) - 9}, "behaviour right more often")
}

func (p *baseRatePlot) alt() string {
	parts := []string{fmt.Sprintf("at the share of these rows, %s%%, %s", points(p.base, 0), signedPoints(p.net.Value, 0))}
	for _, b := range p.bounds {
		parts = append(parts, fmt.Sprintf("at %s, %s", number(b.share, 2), valueWithInterval(b.net, 2, signed)))
	}
	turns := "It has one sign at every share."
	if p.root.OK() {
		turns = "Its sign turns at " + points(p.root.Value, 0) + "%."
	}
	return fmt.Sprintf("Net gap by the share of rows of “%s”: %s. %s", oneLine(p.one, 60), strings.Join(parts, "; "), turns)
}

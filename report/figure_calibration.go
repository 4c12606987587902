package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/metric"
	"tell/result"
)

// A calibrationPlot shows observed shares against scores, over a histogram of
// the scores.
type calibrationPlot struct {
	one  string // what the study calls label 1
	bins []metric.CalibrationBin
}

func drawCalibration(r *result.Result) *drawing {
	p := &calibrationPlot{one: labelName(r, 1), bins: calibrationOf(r)}
	if len(p.bins) == 0 {
		return nil
	}
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			w = min(w, 4.2*vg.Inch)
			return w, w + 56
		},
		paint: p.paint,
		alt:   p.alt(),
	}
}

func (p *calibrationPlot) paint(c draw.Canvas) {
	const histogram = 86 // height in points
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	one := fit(style, p.one, 0.4*c.Size().X)
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fmt.Sprintf("observed share of “%s” by bin", one))

	ticks := steps(0, 1, 0.2, 1, number)
	upper := newPlot(0, 1, 0, 1, bare(ticks), ticks)
	upper.Add(gridAt(ticks), mark(p.diagonal), mark(p.points), mark(p.legend))
	upperBody := draw.Crop(c, 2, -8, histogram+16, -24)

	rows, most := p.rows()
	top := roundUp(most)
	counts := []plot.Tick{{Value: 0, Label: "0"}, {Value: top, Label: number(top, 0)}}
	lower := newPlot(0, 1, 0, top, ticks, counts)
	lower.X.Label.Text = fmt.Sprintf("score, out-of-fold P(%s)", one)
	lower.X.Label.Padding = 4
	lower.Add(gridAt(counts), mark(p.bars))
	lowerBody := draw.Crop(c, 2, -8, 2, -(c.Size().Y - histogram))

	// Both share their edges, whatever the width of their tick labels.
	above, below := upper.DataCanvas(upperBody), lower.DataCanvas(lowerBody)
	left, right := max(above.Min.X, below.Min.X), min(above.Max.X, below.Max.X)
	upper.Draw(draw.Crop(upperBody, left-above.Min.X, right-above.Max.X, 0, 0))
	lower.Draw(draw.Crop(lowerBody, left-below.Min.X, right-below.Max.X, 0, 0))
	small := textStyle(muted, smallType, draw.XLeft, draw.YBottom)
	c.FillText(small, vg.Point{X: left, Y: lowerBody.Max.Y + 3}, fmt.Sprintf("rows in the bin (n = %s)", grouped(int64(rows))))
}

// rows returns the rows of all bins and of the fullest one.
func (p *calibrationPlot) rows() (all, most int) {
	for _, b := range p.bins {
		all += b.N
		most = max(most, b.N)
	}
	return all, most
}

func (p *calibrationPlot) diagonal(c draw.Canvas, x, y func(float64) vg.Length) {
	style := lineStyle(axis, thinLine, 4, 3)
	c.StrokeLine2(style, x(0), y(0), x(1), y(1))
}

// legend stands on paper of its own: the bar of a bin may reach down to it.
func (p *calibrationPlot) legend(c draw.Canvas, x, y func(float64) vg.Length) {
	style := lineStyle(axis, thinLine, 4, 3)
	label := textStyle(muted, smallType, draw.XRight, draw.YBottom)
	const words = "score = observed share"
	at := vg.Point{X: x(1) - 4, Y: y(0) + 12}
	end := at.X - label.Width(words) - 5
	c.FillPolygon(paper.color(), []vg.Point{{X: end - 24, Y: at.Y - 7}, {X: x(1), Y: at.Y - 7}, {X: x(1), Y: at.Y + 7}, {X: end - 24, Y: at.Y + 7}})
	fillTextMiddle(c, label, at, words)
	c.StrokeLine2(style, end-20, at.Y, end, at.Y)
}

// points are discs whose area grows with the rows of the bin.
func (p *calibrationPlot) points(c draw.Canvas, x, y func(float64) vg.Length) {
	_, most := p.rows()
	for _, b := range p.bins {
		if i := b.Observed.Interval; i != nil {
			c.StrokeLine2(lineStyle(probeHue, thinLine), x(b.MeanP), y(i.Low), x(b.MeanP), y(i.High))
		}
		disc(c, probeHue, vg.Point{X: x(b.MeanP), Y: y(b.Observed.Value)}, vg.Length(1.5+3.5*math.Sqrt(float64(b.N)/float64(most))))
		hintAt(c, vg.Point{X: x(b.MeanP), Y: y(b.Observed.Value)}, fmt.Sprintf("mean score %s, observed %s, %s", number(b.MeanP, 2), told(b.Observed, number), count(b.N, "row", "rows")))
	}
}

func (p *calibrationPlot) bars(c draw.Canvas, x, y func(float64) vg.Length) {
	for _, b := range p.bins {
		l, r := x(b.Low)+0.75, x(b.High)-0.75
		c.FillPolygon(probeHue.color(), []vg.Point{{X: l, Y: y(0)}, {X: r, Y: y(0)}, {X: r, Y: y(float64(b.N))}, {X: l, Y: y(float64(b.N))}})
	}
}

func (p *calibrationPlot) alt() string {
	var parts []string
	for _, b := range p.bins {
		parts = append(parts, fmt.Sprintf("mean score %s, observed %s, n = %d", number(b.MeanP, 2), valueWithInterval(b.Observed, 2, number), b.N))
	}
	return "Calibration plot: observed share against mean score by bin, with a histogram of scores. " + strings.Join(parts, "; ") + "."
}

// bare keeps the tick marks and drops their labels.
func bare(ticks []plot.Tick) []plot.Tick {
	out := make([]plot.Tick, len(ticks))
	for i, t := range ticks {
		out[i] = plot.Tick{Value: t.Value}
	}
	return out
}

// roundUp returns the least round number that is not below n.
func roundUp(n int) float64 {
	for step := 1.0; ; step *= 10 {
		for _, k := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
			if k*step >= float64(n) && k*step == math.Trunc(k*step) {
				return k * step
			}
		}
	}
}

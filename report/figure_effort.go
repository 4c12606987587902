package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/result"
)

// An effortPlot shows what is spent on the rows that each predictor of the difficulty reads
// as easy and as hard.
type effortPlot struct {
	readers         []effortReader
	low, high, step float64
	digits          int
}

type effortReader struct {
	name               string
	hue                role
	easy, hard, excess estimate.Estimate
}

// follows is the effort on easy rows that would follow what is read.
func (r *effortReader) follows() float64 { return r.easy.Value - r.excess.Value }

func drawEffort(r *result.Result) *drawing {
	t := r.Table.In(result.Effort)
	f := &effortPlot{}
	if _, turned := warningOf(r, "difficulty-turned"); turned {
		return nil
	}
	for _, row := range t {
		if row.Key != compare.KeyEffortEasy {
			continue
		}
		of := t.Of(row.Predictor)
		reader := effortReader{"probe", probeHue, row.Estimate, of.Estimate(compare.KeyEffortHard), of.Estimate(compare.KeyExcessEasy)}
		if row.Predictor != "effort" {
			reader.name, reader.hue = rivalName(row.Predictor), textHue
		}
		few := slices.Contains(reader.easy.Flags(), gap.FewRows) || slices.Contains(reader.hard.Flags(), gap.FewRows)
		if few || !reader.easy.OK() || !reader.hard.OK() || !reader.excess.OK() {
			continue
		}
		for _, e := range []estimate.Estimate{reader.easy, reader.hard} {
			f.low, f.high = min(f.low, lowOf(e)), max(f.high, highOf(e))
		}
		f.low, f.high = min(f.low, reader.follows()), max(f.high, reader.follows())
		f.readers = append(f.readers, reader)
	}
	if len(f.readers) == 0 || f.low == f.high {
		return nil
	}
	f.step = roundStep((f.high - f.low) / 5)
	f.low, f.high = f.step*math.Floor(f.low/f.step+1e-9), f.step*math.Ceil(f.high/f.step-1e-9)
	f.digits = max(0, int(math.Ceil(-math.Log10(f.step)-1e-9)))
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, 38*vg.Length(len(f.readers)) + 76 },
		paint: f.paint,
		alt:   f.alt(),
	}
}

// roundStep is the next number from x on that is 1, 2 or 5 times a power of ten.
func roundStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= x*(1-1e-9) {
			return times * power
		}
	}
	return 10 * power
}

func (f *effortPlot) paint(c draw.Canvas) {
	heading := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	title := "Mean effort on rows that are read as easy and as hard"
	if onPhone(c) {
		title = "Mean effort on easy and hard rows"
	}
	c.FillText(heading, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, title)
	key := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	at := vg.Point{X: c.Min.X + 6, Y: c.Max.Y - 25}
	for _, k := range []struct {
		glyph glyph
		text  string
	}{{disc, "easy"}, {diamond, "hard"}, {ring, "easy, had it followed"}} {
		k.glyph(c, ink, at, 3)
		fillTextMiddle(c, key, vg.Point{X: at.X + 7, Y: at.Y}, k.text)
		at.X += key.Width(k.text) + 24
	}
	left := vg.Length(0)
	for _, r := range f.readers {
		left = max(left, key.Width(oneLine(r.name, 40))+10)
	}
	left = min(left, c.Size().X/3)
	right := vg.Length(100)
	if onPhone(c) {
		right = 40
	}
	body := draw.Crop(c, left, -right, 2, -36)
	n := float64(len(f.readers))
	p := newPlot(f.low, f.high, 0, n, steps(f.low, f.high, f.step, f.digits, number), nil)
	p.Y.LineStyle.Width = 0
	p.X.Label.Text = "effort"
	p.X.Label.Padding = 4
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	for i, r := range f.readers {
		middle := y(n - float64(i) - 0.5)
		fillTextMiddle(c, key, vg.Point{X: c.Min.X + 2, Y: middle}, fit(key, r.name, left-8))
		follows := r.follows()
		for _, m := range []struct {
			name  string
			of    estimate.Estimate
			y     vg.Length
			glyph glyph
		}{{"easy", r.easy, middle + 7, disc}, {"hard", r.hard, middle - 7, diamond}} {
			if in := m.of.Interval; in != nil {
				errorBar(c, r.hue, x(in.Low), m.y, x(in.High), m.y)
			}
			at := vg.Point{X: x(m.of.Value), Y: m.y}
			m.glyph(c, r.hue, at, 3)
			hintAt(c, at, r.name+", "+m.name+": "+told(m.of, number))
			text := valueWithInterval(m.of, f.digits+1, number)
			if onPhone(c) {
				text = number(m.of.Value, f.digits+1)
			}
			fillTextMiddle(c, key, vg.Point{X: data.Max.X + 8, Y: m.y}, text)
		}
		at := vg.Point{X: x(follows), Y: middle + 7}
		ring(c, r.hue, at, 3)
		hintAt(c, at, r.name+", easy, had the effort followed what is read: "+number(follows, f.digits+1))
	}
}

func (f *effortPlot) alt() string {
	var parts []string
	for _, r := range f.readers {
		parts = append(parts, fmt.Sprintf("%s: easy %s, hard %s, easy had the effort followed what is read %s",
			r.name, valueWithInterval(r.easy, f.digits+1, number), valueWithInterval(r.hard, f.digits+1, number), number(r.follows(), f.digits+1)))
	}
	return "Mean effort on rows that are read as easy and as hard. " + strings.Join(parts, "; ") + "."
}

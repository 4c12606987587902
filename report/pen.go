package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of type in points. Figures are as wide as the text of a paper, so that
// they can be set there at their own size.
const (
	smallType = 8
	plainType = 9
)

const (
	hairline  = vg.Length(0.5)
	thinLine  = vg.Length(1)
	thickLine = vg.Length(1.8)
)

// onPhone reports whether a figure is drawn for a phone, where words are few.
func onPhone(c draw.Canvas) bool { return c.Size().X < 5*vg.Inch }

// fonts holds Liberation Sans, whose letters are as wide as Arial's and
// Helvetica's: a reader without it sees the same layout.
var fonts = text.Plain{Fonts: font.NewCache(liberation.Collection())}

func textStyle(r role, size float64, x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color:   r.color(),
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)},
		XAlign:  x,
		YAlign:  y,
		Handler: fonts,
	}
}

func bold(s draw.TextStyle) draw.TextStyle {
	s.Font.Weight = 3 // golang.org/x/image/font.WeightBold
	return s
}

func lineStyle(r role, width vg.Length, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: r.color(), Width: width, Dashes: dashes}
}

// A mark draws in the data's coordinates.
type mark func(c draw.Canvas, x, y func(float64) vg.Length)

func (m mark) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	m(c, x, y)
}

// newPlot returns a plot in the style of the report: thin axes, ticks outside
// the data, and a quiet grid at the ticks of y.
func newPlot(xmin, xmax, ymin, ymax float64, xticks, yticks []plot.Tick) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Min, p.X.Max = xmin, xmax
	p.Y.Min, p.Y.Max = ymin, ymax
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = lineStyle(axis, hairline)
		a.Padding = 0
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Length = 3
		a.Label.TextStyle = textStyle(ink, plainType, draw.XCenter, draw.YBottom)
	}
	p.X.Tick.Label = textStyle(muted, smallType, draw.XCenter, draw.YTop)
	p.Y.Tick.Label = textStyle(muted, smallType, draw.XRight, draw.YCenter)
	p.X.Tick.Marker = plot.ConstantTicks(xticks)
	p.Y.Tick.Marker = plot.ConstantTicks(yticks)
	return p
}

// gridAt draws lines across the data at the major ticks of y.
func gridAt(ticks []plot.Tick) mark {
	return func(c draw.Canvas, _, y func(float64) vg.Length) {
		for _, t := range ticks {
			if !t.IsMinor() {
				c.StrokeLine2(lineStyle(grid, hairline), c.Min.X, y(t.Value), c.Max.X, y(t.Value))
			}
		}
	}
}

// gridAroundZero draws upright lines at the ticks of x, which are step apart, and a
// stronger one at 0.
func gridAroundZero(ticks []plot.Tick, step float64) mark {
	return func(c draw.Canvas, x, _ func(float64) vg.Length) {
		for _, t := range ticks {
			style := lineStyle(grid, hairline)
			if math.Abs(t.Value) < step/1e6 {
				style = lineStyle(axis, thinLine)
			}
			c.StrokeLine2(style, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
		}
	}
}

// steps returns ticks at the multiples of step from low to high, labelled with
// the given digits.
func steps(low, high, step float64, digits int, format func(float64, int) string) []plot.Tick {
	var ticks []plot.Tick
	first, last := int(low/step-1), int(high/step+1)
	for k := first; k <= last; k++ {
		if v := float64(k) * step; v >= low-step/1e6 && v <= high+step/1e6 {
			ticks = append(ticks, plot.Tick{Value: v, Label: format(v, digits)})
		}
	}
	return ticks
}

const quarterTurn = math.Pi / 2

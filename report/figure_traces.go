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
	"tell/target"
)

// A tracePlot has a panel for each row: its score along its positions, with what is
// written there.
type tracePlot struct {
	r         *result.Result
	traces    []trace
	low, high float64   // of what is shown
	names     vg.Length // height of the names of positions, turned
}

type trace struct {
	result.Trace
	points curve // by position
	names  []string
}

// at names a position with what stands there.
func (t *trace) at(x float64) string {
	at := fmt.Sprintf("position %g", x)
	for i, p := range t.points.points {
		if p.layer == x && t.names[i] != fmt.Sprint(x) {
			return at + ", " + t.names[i]
		}
	}
	return at
}

// Heights of a panel: its title, the plot and the names of positions.
const (
	traceTitle = 18
	tracePanel = 66
	traceNames = 64 // at least
	mostNames  = 120
	underNames = 26 // of it, what the axis and the next title take
	traceTop   = 24
)

func drawTraces(r *result.Result) *drawing {
	f := &tracePlot{r: r}
	for _, t := range r.Traces {
		of := trace{Trace: t}
		for _, row := range r.Table.In(result.Traced).On(result.Subset{Column: result.ColumnRow, Value: t.ID}) {
			of.points.points = append(of.points.points, point{layer: float64(row.Position), auroc: row.Estimate})
			name := strings.TrimPrefix(positionAt(r, row.Position), "position ")
			if row.Position < len(t.TokenText) {
				name = tokenName(t.TokenText[row.Position])
			}
			of.names = append(of.names, name)
		}
		if len(of.points.points) > 1 {
			f.traces = append(f.traces, of)
		}
	}
	if f.traces == nil {
		return nil
	}
	f.low, f.high = f.limits()
	f.names = traceNames
	style := textStyle(muted, smallType, draw.XRight, draw.YCenter)
	for _, t := range f.traces {
		for _, name := range t.names {
			f.names = min(max(f.names, style.Width(name)+underNames), mostNames)
		}
	}
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			return w, traceTop + (traceTitle+tracePanel+f.names)*vg.Length(len(f.traces))
		},
		paint: f.paint,
		alt:   f.alt(),
	}
}

// limits are those of probabilities, shares and levels, else of the numbers.
func (f *tracePlot) limits() (low, high float64) {
	switch f.r.Data.Kind {
	case target.KindOrdinal:
		return 0, float64(len(f.r.Data.LabelNames) - 1)
	case target.KindNumber:
	default:
		return 0, 1
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, t := range f.traces {
		low, high = min(low, *t.Target), max(high, *t.Target)
		for _, p := range t.points.points {
			if p.known() {
				low, high = min(low, p.auroc.Value), max(high, p.auroc.Value)
			}
		}
	}
	if low == high {
		low, high = low-1, high+1
	}
	return low, high
}

// truth is where the row itself stands, and what that is called.
func (f *tracePlot) truth(t trace) (at float64, name string) {
	switch {
	case t.Target != nil:
		return *t.Target, minus(fmt.Sprintf("%.4g", *t.Target))
	case f.r.Data.Kind == target.KindClass:
		return 1, labelName(f.r, t.Label)
	}
	return float64(t.Label), labelName(f.r, t.Label)
}

func (f *tracePlot) heading() string {
	switch f.r.Data.Kind {
	case target.KindBinary:
		return "P(“" + labelName(f.r, 1) + "”) along the row, by the probe of its fold"
	case target.KindClass:
		return "The probability of the row's own class along the row, by the probe of its fold"
	case target.KindOrdinal:
		return "The mean level decoded, counted from 0, by the probe of its fold"
	}
	return "What the probe of its fold decodes along the row"
}

// tokenName is a token in few letters; what cannot be seen has a sign.
func tokenName(text string) string {
	name := strings.TrimSpace(text)
	if name == "" {
		name = strings.NewReplacer(" ", "·", "\n", "¶", "\t", "»").Replace(text)
	}
	return oneLine(name, 8)
}

func (f *tracePlot) paint(c draw.Canvas) {
	heading := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	c.FillText(heading, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(heading, f.heading(), c.Size().X-4))
	for i, t := range f.traces {
		top := c.Max.Y - traceTop - (traceTitle+tracePanel+f.names)*vg.Length(i)
		title := textStyle(ink, smallType, draw.XLeft, draw.YTop)
		c.FillText(title, vg.Point{X: c.Min.X + 2, Y: top}, fit(title, f.title(t, onPhone(c)), c.Size().X-4))
		f.panel(draw.Crop(c, 2, 0, top-traceTitle-tracePanel-f.names-c.Min.Y, top-traceTitle-c.Max.Y), t)
	}
}

func (f *tracePlot) title(t trace, phone bool) string {
	most := 60
	if phone {
		most = 24
	}
	s := fmt.Sprintf("%s: the probe is %s", rowName(t.ID, most), rightOrWrong(t.Right))
	if t.Target != nil {
		s = fmt.Sprintf("%s: an error %s the median", rowName(t.ID, most), map[bool]string{true: "up to", false: "above"}[t.Right])
	}
	switch b := t.Behaviour; {
	case b != nil && phone:
		s += ", the act is " + rightOrWrong(*b == t.Label)
	case b != nil:
		s += fmt.Sprintf(", the model acts as if “%s”", oneLine(labelName(f.r, *b), 30))
	}
	return s
}

// rowName cuts a long id in its middle, since many differ at their end alone.
func rowName(id string, most int) string {
	name := []rune(oneLine(id, len(id)+1))
	if len(name) <= most {
		return string(name)
	}
	return string(name[:most/2]) + "…" + string(name[len(name)-(most-1)/2:])
}

func rightOrWrong(right bool) string {
	if right {
		return "right"
	}
	return "wrong"
}

func (f *tracePlot) panel(c draw.Canvas, t trace) {
	label := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	var right vg.Length
	var last float64
	for _, of := range f.traces { // panels are alike
		_, name := f.truth(of)
		right = max(right, label.Width(fit(label, name, c.Size().X/5)))
		last = max(last, of.points.points[len(of.points.points)-1].layer)
	}
	points := t.points.points
	// The names of the positions stand where a plot would have its ticks.
	body := draw.Crop(c, 0, -right-14, f.names-14, 0)
	wide := f.high - f.low
	var yticks []plot.Tick
	for _, v := range []float64{f.low, f.low + wide/2, f.high} {
		name := number(v, 1)
		if f.r.Data.Kind == target.KindNumber {
			name = minus(fmt.Sprintf("%.3g", v))
		}
		yticks = append(yticks, plot.Tick{Value: v, Label: name})
	}
	p := newPlot(-0.5, last+0.5, f.low-0.04*wide, f.high+0.04*wide, nil, yticks)
	p.Add(gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, run := range t.points.runs(point.known) {
			strokeAlong(c, lineStyle(probeHue, thinLine), run, x, y, func(p point) float64 { return p.auroc.Value })
			hintAlong(c, run, x, y, func(x float64) string { return rowName(t.ID, 40) + ", " + t.at(x) })
			for _, p := range run {
				at := vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}
				if int(p.layer) == t.Position {
					diamond(c, ink, at, 3.6)
				} else {
					disc(c, probeHue, at, 1.8)
				}
			}
		}
	}))
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	is, name := f.truth(t)
	at := y(is)
	c.StrokeLine2(lineStyle(ink, thickLine), data.Max.X+3, at, data.Max.X+9, at)
	fillTextMiddle(c, label, vg.Point{X: data.Max.X + 12, Y: at}, fit(label, name, c.Size().X/5))

	names := textStyle(muted, smallType, draw.XRight, draw.YCenter)
	names.Rotation = quarterTurn
	every := 1 + int(8/(x(1)-x(0)))
	for i, pt := range points {
		if i%every == 0 {
			c.FillText(names, vg.Point{X: x(pt.layer), Y: data.Min.Y - 5}, fit(names, t.names[i], f.names-underNames))
		}
	}
}

func (f *tracePlot) alt() string {
	var b strings.Builder
	what := "label"
	if f.r.Data.Kind == target.KindNumber || f.r.Data.Kind == target.KindShare {
		what = string(f.r.Data.Kind)
	}
	fmt.Fprintf(&b, "Line charts of the score along %s, a panel for each.", count(len(f.traces), "row", "rows"))
	for _, t := range f.traces {
		points := t.points.points
		every := 1 + (len(points)-1)/5
		var parts []string
		for i, p := range points {
			if i%every == 0 || i == len(points)-1 {
				parts = append(parts, fmt.Sprintf("%s at %s", valueOf(p.auroc), strconv.Itoa(int(p.layer))))
			}
		}
		_, name := f.truth(t)
		fmt.Fprintf(&b, " %s, %s “%s”: %s.", f.title(t, false), what, oneLine(name, 40), strings.Join(parts, ", "))
	}
	return b.String()
}

func valueOf(e estimate.Estimate) string {
	if !e.OK() {
		return "not estimable"
	}
	return number(e.Value, 2)
}

var tracesSection = section{"traces", "A few rows, position by position", `
<p>{{.Intro}}</p>
{{template "figure" .Figure}}
`, viewTraces}

func viewTraces(p *page) any {
	figure := p.figure("traces", "Each panel is a row that its probe did not see in training. The diamond is the position that this probe was trained at; at the others it reads states of a kind that it was not trained on, so that its level there may be off. The bar at the right is what the row is.")
	if figure == nil {
		return nil
	}
	drawn := "with each label"
	switch p.Data.Kind {
	case target.KindClass:
		drawn = "of any class"
	case target.KindBinary:
	default:
		drawn = "above the median of the target and not"
	}
	if slices.ContainsFunc(p.Traces, func(t result.Trace) bool { return t.Behaviour != nil }) {
		drawn = "on which the model acted on the label, and on which it did not"
	}
	read := "rightly and wrongly"
	if p.Traces[0].Target != nil {
		read = "with less and with more than the median error"
	}
	return map[string]any{"Figure": figure, "Intro": fmt.Sprintf("Rows drawn at random by the seed of the study among those that the probe reads %s, %s: %s. They are examples; the numbers of the study rest on all rows.", read, drawn, count(len(p.Traces), "row", "rows"))}
}

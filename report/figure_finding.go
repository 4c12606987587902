package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/result"
	"tell/target"
)

// A standing is one of those that the finding is about: probe, behaviour or rival.
type standing struct {
	name               string
	layer, position, p string
	of                 estimate.Estimate
	hue                role
}

// note says layer and p, and the position where there is room for it.
func (s standing) note(room vg.Length) string {
	note := joinNotes(s.layer, s.position, s.p)
	if quietStyle().Width(note) > room {
		return joinNotes(s.layer, s.p)
	}
	return note
}

func (s standing) wholeNote() string { return s.note(vg.Length(math.Inf(1))) }

// maxStandings keeps the picture at the top small; the baselines have the rest.
const maxStandings = 8

// A standingsPlot sets the probe beside what the model did and its rivals, by the metric
// that the target is first judged by.
type standingsPlot struct {
	headline
	rows  []standing
	low   float64
	level float64
	left  int // rows that are left out
}

func drawFinding(r *result.Result) *drawing {
	f := &standingsPlot{headline: headlineOf(r), level: r.Protocol.Level}
	f.rows = standingsOf(r, f.headline)
	if len(f.rows) == 0 || !f.rows[0].of.OK() {
		return nil
	}
	if len(f.rows) > maxStandings {
		f.left = len(f.rows) - maxStandings
		f.rows = f.rows[:maxStandings]
	}
	f.low = f.headline.low
	for _, s := range f.rows {
		if s.of.OK() {
			f.low = min(f.low, lowOf(s.of))
		}
	}
	f.low = math.Floor(10*f.low+1e-9) / 10
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			return w, standingHeight*vg.Length(len(f.rows)) + 60
		},
		paint: f.paint,
		alt:   f.alt(),
	}
}

const standingHeight = 25

// standingsOf begins with the probe, then has what the model did, then the rivals, the
// best first, and at last what is not estimable.
func standingsOf(r *result.Result, h headline) []standing {
	probe := nestedOf(r).Estimate(h.key)
	layer, position := siteChosen(r)
	rows := []standing{{name: "Probe", layer: layer, position: position, p: pOfLayers(r), of: probe, hue: probeHue}}
	ordinal := kindOf(r) == target.KindOrdinal
	e := r.Table.In(result.Effort).Of("effort").Estimate(compare.KeyRankEffort)
	if ordinal {
		e = asSomersD(r.Table.In(result.Effort).Of("effort").Estimate(compare.KeyConcordEffort))
	}
	if e.OK() {
		rows = append(rows, standing{name: "Effort", of: e, hue: actionHue})
	}
	var did, rivals []standing
	for k, b := range r.Predictors {
		s := standing{name: baselineTitle(b.Name), of: baselineOf(r, b.Name).Estimate(h.key), hue: styleOf(b.Name, k).hue}
		if row, ok := r.Table.In(result.Hidden).Of(b.Name).Find(result.KeyAlone); ok && row.Estimate.OK() {
			s.of = row.Estimate // as the finding has it
			if ordinal {
				s.of = asSomersD(s.of)
			}
			if row.Null != nil {
				s.p = equalsP(row.Null.P)
			}
		}
		switch b.Name {
		case result.Majority, result.Residualised: // chance, and the states themselves
		case result.Behaviour, result.Graded:
			did = append(did, s)
		default:
			rivals = append(rivals, s)
		}
	}
	slices.SortStableFunc(rivals, func(a, b standing) int { return cmp.Compare(rank(b.of), rank(a.of)) })
	return slices.Concat(rows, did, rivals)
}

// asSomersD turns a share of pairs in order into Somers' D, by which ordered levels are
// first judged.
func asSomersD(e estimate.Estimate) estimate.Estimate {
	e.Value = 2*e.Value - 1
	if i := e.Interval; i != nil {
		e.Interval = &estimate.Interval{Low: 2*i.Low - 1, High: 2*i.High - 1, Level: i.Level}
	}
	return e
}

// rank is the value of an estimate, less than any other where it has none.
func rank(e estimate.Estimate) float64 {
	if !e.OK() {
		return -2
	}
	return e.Value
}

// siteChosen names the layers that the folds chose, and the position where the dump has
// several.
func siteChosen(r *result.Result) (layer, position string) {
	var layers, positions []int
	for _, c := range r.Choices {
		layers, positions = append(layers, c.Layer), append(positions, c.Position)
	}
	if layers == nil {
		return "", ""
	}
	slices.Sort(layers)
	layers = slices.Compact(layers)
	layer = fmt.Sprintf("layer %d", layers[0])
	if n := len(layers); n > 1 {
		layer = fmt.Sprintf("layers %d–%d", layers[0], layers[n-1])
	}
	slices.Sort(positions)
	switch positions = slices.Compact(positions); {
	case r.Data.Positions < 2:
	case len(positions) == 1:
		position = oneLine(positionAt(r, positions[0]), 20)
	default:
		position = count(len(positions), "position", "positions")
	}
	return layer, position
}

// pOfLayers is the p of the best layer among all of them.
func pOfLayers(r *result.Result) string {
	least := math.Inf(1)
	for _, s := range sitesOf(r) {
		if s.null != nil {
			least = min(least, s.null.pMax)
		}
	}
	if math.IsInf(least, 1) {
		return ""
	}
	return equalsP(least)
}

func equalsP(p float64) string {
	s := pValue(p)
	if s[0] == '<' {
		return "p " + s
	}
	return "p = " + s
}

func joinNotes(notes ...string) string {
	return strings.Join(slices.DeleteFunc(notes, func(s string) bool { return s == "" }), "; ")
}

func lowOf(e estimate.Estimate) float64 {
	if e.Interval != nil {
		return min(e.Value, e.Interval.Low)
	}
	return e.Value
}

func (f *standingsPlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	right := vg.Length(84)
	if phone {
		right = 32
	}
	left := f.names(c.Size().X)
	head := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	title := fmt.Sprintf("%s on held-out rows; bars: %s intervals", capital(f.short), level(f.level))
	if f.left > 0 {
		title += fmt.Sprintf("; %s below", count(f.left, "further rival", "further rivals"))
	}
	c.FillText(head, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(head, title, c.Size().X-4))

	n := float64(len(f.rows))
	step := 0.1
	if f.low < 0.25 {
		step = 0.2
	}
	p := newPlot(f.low, 1, 0, n, steps(f.low, 1, step, 1, number), nil)
	p.Y.LineStyle.Width = 0
	p.X.Label.Text = fmt.Sprintf("%s; %g is chance", f.short, f.chance)
	p.X.Label.Padding = 4
	body := draw.Crop(c, left, -right, 2, -20)
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	c.StrokeLine2(lineStyle(axis, thinLine), x(f.chance), y(0), x(f.chance), y(n))
	for i, s := range f.rows {
		f.row(c, s, data, x, y(n-float64(i)-0.5), phone)
	}
}

// names is the room for names and notes.
func (f *standingsPlot) names(width vg.Length) vg.Length {
	var left vg.Length
	for _, s := range f.rows {
		left = max(left, s.style().Width(oneLine(s.name, 80)), quietStyle().Width(s.wholeNote()))
	}
	return min(left+12, 0.45*width)
}

func (s standing) style() draw.TextStyle {
	style := textStyle(ink, plainType, draw.XLeft, draw.YCenter)
	if s.hue == probeHue {
		return bold(style)
	}
	return style
}

func quietStyle() draw.TextStyle { return textStyle(muted, smallType, draw.XLeft, draw.YCenter) }

func (f *standingsPlot) row(c draw.Canvas, s standing, data draw.Canvas, x func(float64) vg.Length, at vg.Length, phone bool) {
	name, quiet := s.style(), quietStyle()
	value := name
	value.Font.Size = smallType
	room, up := data.Min.X-c.Min.X-8, vg.Length(0)
	if note := s.note(room); note != "" {
		up = 5
		fillTextMiddle(c, quiet, vg.Point{X: c.Min.X + 2, Y: at - 5.5}, fit(quiet, note, room))
	}
	fillTextMiddle(c, name, vg.Point{X: c.Min.X + 2, Y: at + up}, fit(name, s.name, room))
	if !s.of.OK() {
		fillTextMiddle(c, quiet, vg.Point{X: x(f.chance) + 6, Y: at}, "not estimable")
		return
	}
	if i := s.of.Interval; i != nil {
		errorBar(c, s.hue, x(i.Low), at, x(i.High), at)
	}
	pt := vg.Point{X: x(s.of.Value), Y: at}
	if s.hue == actionHue {
		diamond(c, s.hue, pt, 4)
	} else {
		disc(c, s.hue, pt, 3.2)
	}
	words := valueWithInterval(s.of, 2, number)
	if phone {
		words = number(s.of.Value, 2)
	}
	fillTextMiddle(c, value, vg.Point{X: data.Max.X + 8, Y: at}, words)
	hintBox(c, vg.Rectangle{Min: vg.Point{X: data.Min.X, Y: at - 9}, Max: vg.Point{X: data.Max.X, Y: at + 9}}, joinNotes(s.name+": "+told(s.of, number), s.wholeNote()))
}

func (f *standingsPlot) alt() string {
	var parts []string
	for _, s := range f.rows {
		part := oneLine(s.name, 60) + " " + valueWithInterval(s.of, 2, number)
		if note := s.wholeNote(); note != "" {
			part += " (" + note + ")"
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("%s of the probe, of what the model did and of the rivals, each with its interval; %g is chance. %s.", capital(f.short), f.chance, strings.Join(parts, "; "))
}

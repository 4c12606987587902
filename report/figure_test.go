package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"tell/estimate"
	"tell/result"
)

// results are the shapes of result that every figure and the page must bear.
func results(t *testing.T) map[string]*result.Result {
	t.Helper()
	real, _ := capitals(t)
	all := map[string]*result.Result{
		"real":           real,
		"empty":          {Schema: result.Schema},
		"not estimable":  withoutNumbers(t),
		"many positions": withPositions(t, 24),
		"few positions":  withPositions(t, 4),
		"hostile":        hostileResult(t),
		"many slices":    withSlices(t, 90),
		"one layer":      withOneLayer(t),
		"a number":       difficulty(estimate.Estimate{Value: 0.9, N: 96}, estimate.Estimate{Value: 0.08, N: 96}),
		"compared":       pairedResult(),
		"two conditions": twoConditions(t),
		"candidates":     withCandidates(t, 2, 1, 0.5, 0),
		"trajectory":     withTrajectory(t, 4, true),
		"joined":         joinedFixture(t),
		"traces":         tracesFixture(t),
		"controls":       withControls(t, 0.5, 0.3, 0.9),
	}
	maps.Copy(all, comparedResults(t))
	return all
}

// withoutNumbers is the real study with every estimate taken away.
func withoutNumbers(t *testing.T) *result.Result {
	r, _ := capitals(t)
	drop(r, func(row result.Row) bool {
		return row.Block == result.Curve && row.Null != nil || row.Key == result.KeyNullHigh || row.Key == result.KeyPMax || row.Subset.Column == "score"
	})
	edit(r, func(row *result.Row) {
		if row.Unit == result.UnitRows {
			row.Estimate.Value = 0
		} else {
			row.Estimate = estimate.NotEstimable(0, 0, "every row has label 1")
		}
	})
	return r
}

// withPositions spreads the real study over n positions that have no names.
func withPositions(t *testing.T, n int) *result.Result {
	r, _ := capitals(t)
	sites, curve := r.Sites, r.Table.In(result.Curve)
	drop(r, func(row result.Row) bool { return row.Block == result.Curve })
	r.Sites, r.Data.Positions, r.Reading.Positions = nil, n, nil
	for p := range n {
		for _, s := range sites {
			s.Position, s.PositionName = p, ""
			r.Sites = append(r.Sites, s)
		}
		for _, row := range curve {
			row.Position = p
			if e := &row.Estimate; row.Key == "auroc" {
				e.Value = 0.42 + (e.Value-0.42)*float64(p+1)/float64(n)
				if (row.Layer+p)%9 == 3 {
					*e = estimate.NotEstimable(1, 1, "one class")
				}
			}
			r.Table = append(r.Table, row)
		}
	}
	return r
}

// withSlices has the one condition of the real study n times.
func withSlices(t *testing.T, n int) *result.Result {
	r, _ := capitals(t)
	condition := func(row result.Row) bool { return row.Block == result.Slice && row.Subset.Column == result.Condition }
	slice := slices.Clone(r.Table)
	slice = slices.DeleteFunc(slice, func(row result.Row) bool { return !condition(row) })
	drop(r, condition)
	for i := range n {
		for _, row := range slice {
			row.Subset.Value = fmt.Sprint("condition ", i)
			r.Table = append(r.Table, row)
		}
	}
	return r
}

func withOneLayer(t *testing.T) *result.Result {
	r, _ := capitals(t)
	r.Sites = r.Sites[12:13]
	return r
}

// hostile is what a prompt may hold.
const hostile = "</svg></style><script>alert(1)</script>\x00\u202e \"' & \xff <!-- ]]> {{.}} #0072B2;style=\"fill:red\"\r\n"

func hostileResult(t *testing.T) *result.Result {
	r := withPositions(t, 3)
	r.Name = hostile
	r.Warnings = []result.Warning{{Code: hostile, Message: hostile, Advice: hostile}}
	r.Data.Target, r.Data.LabelNames, r.Data.Filter, r.Data.Model = hostile, []string{hostile, hostile}, hostile, hostile
	r.Data.ActsAs = &result.ActsAs{Zero: hostile, One: hostile}
	r.Data.Behaviour = []result.Count{{Name: hostile, N: 1}}
	r.Data.Conditions = r.Data.Behaviour
	r.Reading.Position, r.Reading.Mask = hostile, hostile
	r.Reading.Positions, r.Reading.Layers = []string{hostile, hostile}, []string{hostile}
	for i := range r.Sites {
		r.Sites[i].Name, r.Sites[i].PositionName = hostile, fmt.Sprint(r.Sites[i].Position, hostile)
	}
	edit(r, func(row *result.Row) {
		if row.Predictor == r.Predictors[2].Name {
			row.Predictor = hostile
		}
		if row.Subset.Column == "template" {
			row.Subset.Column = hostile
			if row.Block == result.Contrast {
				reference := hostile
				row.Subset.Value, row.Subset.Reference = hostile, &reference
			}
		}
	})
	r.Predictors[1].Note, r.Predictors[2].Name = hostile, hostile
	for _, row := range r.Table.In(result.Slice) {
		if row.Subset.Column == result.Condition {
			row.Subset.Value = hostile
			r.Table = append(r.Table, row)
		}
	}
	shares := 0
	edit(r, func(row *result.Row) {
		if row.Block == result.Gap && row.Unit == result.UnitShare {
			switch shares++; shares {
			case 1:
				row.Key = hostile
			case 2:
				row.Estimate = estimate.NotEstimable(0, 0, hostile)
			}
		}
	})
	r.Provenance.Files[0].Path = hostile
	r.Provenance.Platform, r.Provenance.Instructions = hostile, hostile
	r.Provenance.Command, r.Provenance.Plan, r.Provenance.Text = hostile, hostile, hostile
	r.Definitions = []result.Definition{{Term: hostile, Text: hostile}}
	return r
}

func TestFiguresAreWellFormed(t *testing.T) {
	for name, r := range results(t) {
		for _, f := range figures {
			d := f.draw(r)
			if d == nil {
				continue
			}
			for _, width := range []vg.Length{wide, narrow} {
				svg := d.svg(width)
				checkXML(t, fmt.Sprintf("%s, %s", name, f.name), svg)
				checkXML(t, fmt.Sprintf("%s, %s inline", name, f.name), inline(svg, "wide", d.alt))
				if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
					t.Errorf("%s, %s: a coordinate is not a number", name, f.name)
				}
			}
			if d.alt == "" {
				t.Errorf("%s, %s: no text alternative", name, f.name)
			}
		}
	}
}

func checkXML(t *testing.T, name string, doc []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "script" {
			t.Fatalf("%s: holds a script", name)
		}
	}
}

func TestFiguresThatHaveNothingToShow(t *testing.T) {
	all := results(t)
	for name, want := range map[string]string{
		"real":          "finding layers gap base-rate calibration",
		"empty":         "",
		"not estimable": "",
		"few positions": "finding layers positions gap base-rate calibration",
	} {
		var got []string
		for _, f := range figures {
			if f.draw(all[name]) != nil {
				got = append(got, f.name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: found figures %q, expected %q", name, got, want)
		}
	}
}

// Words of a figure must lie within it: a clipped number misleads.
func TestFiguresHoldTheirWords(t *testing.T) {
	for name, r := range results(t) {
		for _, f := range figures {
			d := f.draw(r)
			if d == nil {
				continue
			}
			for _, width := range []vg.Length{wide, narrow} {
				canvas := &wordCanvas{}
				canvas.w, canvas.h = d.size(width)
				d.paintOn(canvas)
				for _, word := range canvas.outside {
					t.Errorf("%s, %s at %v: %q reaches outside", name, f.name, width, word)
				}
			}
		}
	}
}

func TestFiguresAreStable(t *testing.T) {
	r := withPositions(t, 4)
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := drawLayers(r).png(b, narrow); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("layers.png differs between two drawings")
	}
	for name, r := range results(t) {
		for _, f := range figures {
			d := f.draw(r)
			if d != nil && !bytes.Equal(d.svg(narrow), f.draw(r).svg(narrow)) {
				t.Errorf("%s: %s.svg differs between two drawings", name, f.name)
			}
		}
	}
}

func TestWriteFigures(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"layers.svg", "positions.svg", "positions.png"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("of an earlier result"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, _ := capitals(t)
	if err := WriteFigures(dir, r); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), "base-rate.png base-rate.svg calibration.png calibration.svg finding.png finding.svg gap.png gap.svg layers.png layers.svg"; got != want {
		t.Fatalf("found %s, expected %s: a figure of an earlier result must not stay", got, want)
	}
	file, err := os.Open(filepath.Join(dir, "layers.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	config, err := png.DecodeConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := int(6.5 * resolution); config.Width != want {
		t.Errorf("layers.png is %d pixels wide, expected %d", config.Width, want)
	}
	svg, err := os.ReadFile(filepath.Join(dir, "layers.svg"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "layers.svg", svg)
}

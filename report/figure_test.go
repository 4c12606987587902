package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"tell/estimate"
	"tell/gap"
	"tell/study"
)

// results are the shapes of result that every figure and the page must bear.
func results(t *testing.T) map[string]*study.Result {
	t.Helper()
	real, _ := capitals(t)
	return map[string]*study.Result{
		"real":           real,
		"empty":          {Schema: study.Schema},
		"not estimable":  withoutNumbers(t),
		"many positions": withPositions(t, 24),
		"few positions":  withPositions(t, 4),
		"hostile":        hostileResult(t),
		"many slices":    withSlices(t, 90),
		"one layer":      withOneLayer(t),
	}
}

// withoutNumbers is the real study with every estimate taken away.
func withoutNumbers(t *testing.T) *study.Result {
	r, _ := capitals(t)
	none := estimate.NotEstimable(0, 0, "every row has label 1")
	strip := func(metrics []study.Metric) {
		for i := range metrics {
			metrics[i].Estimate = none
		}
	}
	for i := range r.Sites {
		strip(r.Sites[i].Metrics)
		r.Sites[i].Permutation = nil
	}
	strip(r.Nested.Metrics)
	for i := range r.Baselines {
		strip(r.Baselines[i].Metrics)
		strip(r.Baselines[i].Difference)
	}
	r.Nested.Calibration = nil
	stripGap := func(s *gap.Summary) {
		s.Table = gap.Table{}
		for i := range s.Items {
			s.Items[i].Estimate = none
		}
	}
	stripGap(&r.Gap.Summary)
	for i := range r.Gap.Conditions {
		stripGap(&r.Gap.Conditions[i].Summary)
	}
	for _, b := range r.Gap.Strata {
		for i := range b.Slices {
			stripGap(&b.Slices[i].Summary)
		}
	}
	r.Gap.Neither.ProbeAccuracy = none
	return r
}

func withPositions(t *testing.T, n int) *study.Result {
	r, _ := capitals(t)
	layers := r.Sites
	r.Sites = nil
	for p := range n {
		for _, s := range layers {
			s.Position, s.Metrics = p, append([]study.Metric(nil), s.Metrics...)
			e := &s.Metrics[0].Estimate
			e.Value = 0.42 + (e.Value-0.42)*float64(p+1)/float64(n)
			if (s.Layer+p)%9 == 3 {
				*e = estimate.NotEstimable(1, 1, "one class")
			}
			r.Sites = append(r.Sites, s)
		}
	}
	r.Data.Positions = n
	return r
}

func withSlices(t *testing.T, n int) *study.Result {
	r, _ := capitals(t)
	slice := r.Gap.Conditions[0]
	r.Gap.Conditions = nil
	for i := range n {
		slice.Value = fmt.Sprint("condition ", i)
		r.Gap.Conditions = append(r.Gap.Conditions, slice)
	}
	return r
}

func withOneLayer(t *testing.T) *study.Result {
	r, _ := capitals(t)
	r.Sites = r.Sites[12:13]
	return r
}

// hostile is what a prompt may hold.
const hostile = "</svg></style><script>alert(1)</script>\x00\u202e \"' & \xff <!-- ]]> {{.}} #0072B2;style=\"fill:red\"\r\n"

func hostileResult(t *testing.T) *study.Result {
	r := withPositions(t, 3)
	r.Name = hostile
	r.Warnings = []study.Warning{{Code: hostile, Message: hostile, Advice: hostile}}
	r.Data.Target, r.Data.LabelNames, r.Data.Filter = hostile, [2]string{hostile, hostile}, hostile
	r.Data.ActsAs = &study.ActsAs{Zero: hostile, One: hostile}
	r.Data.Behaviour = []study.Count{{Name: hostile, N: 1}}
	r.Data.Conditions = r.Data.Behaviour
	for i := range r.Sites {
		r.Sites[i].Name = fmt.Sprint(r.Sites[i].Position, hostile)
	}
	r.Baselines[1].Note, r.Baselines[2].Name = hostile, hostile
	other := r.Gap.Conditions[0]
	other.Value = hostile
	r.Gap.Conditions = append(r.Gap.Conditions, other)
	r.Gap.Strata[0].Name = hostile
	r.Gap.Strata[0].Contrasts[0].Value, r.Gap.Strata[0].Contrasts[0].Reference = hostile, hostile
	r.Gap.Items[0].Title, r.Gap.Items[0].Definition = hostile, hostile
	r.Gap.Items[1].Estimate = estimate.NotEstimable(0, 0, hostile)
	r.Gap.Warnings = []string{hostile}
	r.Provenance.Files[0].Path = hostile
	r.Provenance.Platform, r.Provenance.Instructions = hostile, hostile
	r.Provenance.Definitions = []study.Definition{{Term: hostile, Text: hostile}}
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
		"real":          "layers gap calibration",
		"empty":         "",
		"not estimable": "",
		"few positions": "layers positions gap calibration",
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
	for _, f := range figures {
		if !bytes.Equal(f.draw(r).svg(narrow), f.draw(r).svg(narrow)) {
			t.Errorf("%s.svg differs between two drawings", f.name)
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
	if got, want := strings.Join(names, " "), "calibration.png calibration.svg gap.png gap.svg layers.png layers.svg"; got != want {
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

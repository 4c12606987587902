package audit

import (
	"fmt"
	"math"

	"tell/result"
)

const (
	// perfect is the AUROC from which the states may hold the label itself.
	perfect = 0.999
	// nearBest is how far below the best layer the embedding output may stay and
	// still read the label as well, and readable the AUROC it needs for that.
	nearBest, readable = 0.02, 0.7
	// offCentre is how far from 0.5 the mean AUROC of shuffled labels may lie.
	offCentre = 0.05
)

// statesHoldTheLabel finds probes without an error.
func (a *audit) statesHoldTheLabel() {
	var sites []string
	for _, r := range a.Curve {
		if r.Key == "auroc" && r.Estimate.OK() && r.Estimate.Value >= perfect {
			sites = append(sites, a.siteName(Site{Layer: r.Layer, Position: r.Position}))
		}
	}
	where := ""
	if len(sites) > 0 {
		where = fmt.Sprintf("%s: %s", a.inSites(len(sites)), listed(sites))
	} else if e := a.Nested.Estimate("auroc"); e.OK() && e.Value >= perfect {
		where = "at the sites that were chosen"
	} else {
		return
	}
	a.warn("states-hold-the-label",
		"Real states seldom do. See whether the states were taken after the label was shown to the model, or were sorted, filtered or written by label; if the task is only easy, the text and nuisance baselines should come close too.",
		"The AUROC of the probe is %g or more %s.", perfect, where)
}

// embeddingReadsLabel finds an embedding output, or a first layer of which
// nothing is known, that reads the label as well as the best of the layers
// above.
func (a *audit) embeddingReadsLabel() {
	layer, known := a.embedding()
	if layer < 0 {
		return
	}
	first, best, bestAt := math.Inf(-1), math.Inf(-1), 0
	for _, r := range a.Curve {
		switch x := r.Estimate.Value; {
		case r.Key != "auroc" || !r.Estimate.OK():
		case r.Layer == layer:
			first = max(first, x)
		case x > best:
			best, bestAt = x, r.Layer
		}
	}
	if math.IsInf(best, -1) || first <= readable || first < best-nearBest {
		return
	}
	what := "the embedding output,"
	if !known {
		what = "the first, which often is the embedding output,"
	}
	a.warn("embedding-reads-label",
		"An embedding knows only its own token. Either that token gives the label away, and a probe anywhere may read it, or the numbers were written in another order: "+
			"safetensors writes the memory of an array as it lies, so call np.ascontiguousarray on a transposed one before saving it, and check activations.axes.",
		"Layer %d, %s reads the label with an AUROC of %.3f; the best of the other layers, %d, has %.3f.", layer, what, first, bestAt, best)
}

// embedding is the layer of the embedding output, -1 where there is none. Where
// nothing says which it is, it is the first, and known is false.
func (a *audit) embedding() (layer int, known bool) {
	if e := a.Activations.Embedding; e != nil {
		return *e, true
	}
	if a.cases.Dump != nil {
		if layer, known = a.cases.Dump.EmbeddingLayer(); known {
			return layer, true
		}
	}
	return 0, false
}

// nullOffCentre finds sites whose shuffled labels are far from chance. A mean
// that a few draws carry that far by accident is not taken.
func (a *audit) nullOffCentre() {
	var of [2]float64
	for _, y := range a.label {
		of[y]++
	}
	var sites []string
	for _, r := range a.Curve {
		if r.Key != result.KeyPermuted || r.Null == nil {
			continue
		}
		draws := max(a.Curve.At(r.Layer, r.Position).Estimate(result.KeyNullHigh).N, 1)
		accident := 3 * math.Sqrt((1/of[0]+1/of[1])/12/float64(draws))
		if off := math.Abs(r.Null.Mean - 0.5); off > max(offCentre, accident) {
			sites = append(sites, fmt.Sprintf("%s (%.3f)", a.siteName(Site{Layer: r.Layer, Position: r.Position}), r.Null.Mean))
		}
	}
	if len(sites) > 0 {
		a.warn("null-off-centre",
			"Labels shuffled within folds should give 0.5. Where they do not, part of the label stays in place, as where whole groups carry one label, or one fold's labels are uneven. "+
				"The p-values may not mean what they seem to: name the column of the claims with unit, or use more groups and fewer folds.",
			"The mean AUROC of shuffled labels lies more than %g from 0.5 %s: %s.", offCentre, a.inSites(len(sites)), listed(sites))
	}
}

// narrowStates finds states with fewer numbers than layers.
func (a *audit) narrowStates() {
	if len(a.Sites) == 0 {
		return
	}
	width, layers := a.Sites[0].Health.Width, 0
	for _, s := range a.Sites {
		layers = max(layers, s.Layer+1)
	}
	if a.cases.Dump != nil {
		layers = a.cases.Dump.Shape().Layers
	}
	if width < layers {
		a.warn("narrow-states",
			"Models are wider than deep. If the file holds rows x width x layers, say so: activations: {axes: [row, width, layer]}.",
			"The states have %s of %s each.", counted(layers, "layer"), counted(width, "number"))
	}
}

// majorityProbe finds a probe that is right no more often than the label most
// frequent, where a gap to a behaviour is reported.
func (a *audit) majorityProbe() {
	if a.cases.Behaviour == nil {
		return
	}
	e := a.Evidence.Baselines.Of(result.Majority).Estimate("accuracy" + result.Difference)
	low := e.Value
	if e.Interval != nil {
		low = e.Interval.Low
	}
	if e.OK() && low <= 0 {
		a.warn("majority-probe",
			"Then a probe that knows nothing has the same gap, and no gap is shown. Add rows, balance the labels, or read the AUROC instead.",
			"The probe is not shown to be right more often than a guess of the most frequent label: its accuracy less that of the majority is %s. A gap to the behaviour may be that of a constant.", e.Signed())
	}
}

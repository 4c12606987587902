package gap

import (
	"fmt"

	"tell/estimate"
)

// auroc is how well a score orders the rows by their label. It needs no
// threshold, so rows of neither behaviour count.
type auroc struct{ of predictor }

func (e auroc) about() about {
	if e.of == behaviour {
		return about{
			key:        KeyAUROCBehaviour,
			title:      "AUROC of the graded behaviour",
			definition: "AUROC(m for Y), ties counted half, on the rows that state m, those of neither behaviour too",
			kind:       AUROC, everyRow: true,
		}
	}
	return about{
		key:        KeyAUROCProbe,
		title:      "AUROC of the probe",
		definition: "AUROC(s for Y), ties counted half, on the rows that state m, or on all rows where no m is given; those of neither behaviour count too",
		kind:       AUROC, everyRow: true,
	}
}

func (e auroc) at(v *view) value {
	switch {
	case !v.hasGraded && e.of == probe:
		return v.auroc(v.byScore)
	case !v.hasGraded:
		return value{reason: "no graded behaviour is given"}
	case len(v.byGraded.row) == 0:
		return value{reason: "the graded behaviour is stated on no row"}
	case e.of == probe:
		return v.auroc(v.byScoreWhereGraded)
	case v.byGraded.constant():
		return value{reason: "the graded behaviour has one value on all rows"}
	}
	return v.auroc(v.byGraded)
}

// revise marks a graded behaviour that orders nothing, goes against the label
// beyond chance, or is missing on some rows.
func (e auroc) revise(v *view, est *estimate.Estimate) {
	if e.of != behaviour || !v.hasGraded {
		return
	}
	if rows, stated := len(v.cell), len(v.byGraded.row); stated > 0 && stated < rows {
		est.Warn(GradedMissing, "the graded behaviour is not stated on %d of %d rows, which are in neither AUROC: see whether NaN or infinities stood there", rows-stated, rows)
	}
	switch {
	case v.byGraded.constant():
		est.Warn(GradedOneValue, "the graded behaviour has one value on all rows, so it orders nothing: name a column that differs between rows, or give none")
	case est.Value == 0 || est.Interval != nil && est.Interval.High < 0.5:
		est.Warn(GradedWrongSign, "the graded behaviour goes against the label (AUROC %s): unless the model does act against it, "+
			"the column has the wrong sign, and its negative must be given", est)
	}
}

// auroc is the AUROC of the order of r for the label.
func (v *view) auroc(r ranking) value {
	var above, zeros, ones, zero, one float64 // zero and one: weight at this value
	for k, i := range r.row {
		if v.cell[i]&1 == 1 {
			one += v.w[i]
		} else {
			zero += v.w[i]
		}
		if r.lastOfTie[k] {
			above += one * (zeros + zero/2)
			zeros, ones = zeros+zero, ones+one
			zero, one = 0, 0
		}
	}
	switch {
	case zeros+ones == 0:
		return value{reason: "no rows"}
	case zeros == 0:
		return value{reason: oneLabel(0)}
	case ones == 0:
		return value{reason: oneLabel(1)}
	}
	return value{x: above / (zeros * ones), n: zeros + ones}
}

// aurocDifference compares probe and graded behaviour without a threshold.
type aurocDifference struct{}

func (aurocDifference) about() about {
	return about{
		key:   KeyAUROCDifference,
		title: "AUROC of the probe minus that of the graded behaviour",
		definition: fmt.Sprintf("%s - %s, paired on the rows that state m; no threshold and no base rate changes it",
			KeyAUROCProbe, KeyAUROCBehaviour),
		kind: Difference, everyRow: true,
	}
}

func (aurocDifference) at(v *view) value {
	b := auroc{behaviour}.at(v)
	if b.reason != "" {
		return b
	}
	return auroc{probe}.at(v).minus(b)
}

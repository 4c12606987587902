package audit

import (
	"gonum.org/v1/gonum/stat"

	"tell/internal/solve"
	"tell/target"
)

// inSpan is the share of the variance of the label from which nothing much of it is
// left beside the columns that tell so much.
const inSpan = 0.9

// labelInSpan warns where the columns that are regressed out of the states tell the
// label, and of several classes each of them.
func (a *audit) labelInSpan() {
	var columns [][]float64
	for _, n := range a.cases.Residual {
		columns = append(columns, n.Columns()...)
	}
	if columns == nil {
		return
	}
	labels := [][]float64{a.cases.Target.Values}
	if a.cases.Target.Kind == target.KindClass {
		labels = make([][]float64, len(a.cases.Target.Levels))
		for level := range labels {
			labels[level] = make([]float64, a.cases.Target.Len())
			for i, v := range a.label {
				if v == level {
					labels[level][i] = 1
				}
			}
		}
	}
	least := 1.0
	for _, y := range labels {
		told, err := explained(y, columns)
		if err != nil {
			return
		}
		least = min(least, told)
	}
	if least < inSpan {
		return
	}
	a.warn("label-in-span", "Regress out columns that do not give the label away, or read the residualised probe as a probe of what is left of the label, which is next to nothing.",
		"The columns that are regressed out of the states, %s, tell %.0f%% of the variance of the label linearly.", List(a.Probe.Residualise), 100*least)
}

// explained is the share of the variance of y that a regression on columns tells.
func explained(y []float64, columns [][]float64) (float64, error) {
	x, err := solve.NewDense(len(y), 1, y)
	if err != nil {
		return 0, err
	}
	all := make([]bool, len(y))
	for i := range all {
		all[i] = true
	}
	left, err := solve.Residual(x, columns, solve.Split{Train: all})
	if err != nil {
		return 0, err
	}
	rest := make([]float64, 0, len(y))
	err = left.Pass(func(b solve.Block) { rest = append(rest, b.(solve.DenseBlock).Data...) })
	return 1 - stat.Variance(rest, nil)/stat.Variance(y, nil), err
}

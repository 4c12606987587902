package result

import (
	"fmt"
	"slices"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
)

// Condition is the column of a subset that is a condition: the study names the
// column, the table calls all of them so.
const Condition = "condition"

// NeitherBehaviour is the subset of rows that acted as neither label.
var NeitherBehaviour = Subset{Column: "behaviour", Value: "neither"}

// GapRows lays a measured gap out as rows of the table.
func GapRows(g *gap.Result) Table {
	t := summaryRows(Gap, Subset{}, g.Summary)
	t = append(t, neitherRows(Gap, NeitherBehaviour, g.Neither)...)
	return append(t, sliceRows(g, summaryRows)...)
}

// sliceRows lays the gap on parts of the rows out.
func sliceRows(g *gap.Result, ofSummary func(Block, Subset, gap.Summary) Table) Table {
	var t Table
	for _, b := range append([]gap.Breakdown{{Name: Condition, Slices: g.Conditions, Contrasts: g.Contrasts}}, g.Strata...) {
		for _, s := range b.Slices {
			on := Subset{Column: b.Name, Value: s.Value}
			t = append(t, ofSummary(Slice, on, s.Summary)...)
			t = append(t, countRow(Slice, on, "rows_neither", s.Neither.N))
		}
		for _, c := range b.Contrasts {
			on := Subset{Column: b.Name, Value: c.Value, Reference: &c.Reference}
			t = append(t, countRow(Contrast, on, KeyGroups, c.Groups))
			for _, it := range c.Items {
				t = append(t, itemRow(Contrast, on, it))
			}
		}
	}
	return t
}

func summaryRows(b Block, on Subset, s gap.Summary) Table {
	var counts Table
	for behaviour, labels := range s.Behaviours {
		for label, n := range labels {
			counts = append(counts, countRow(b, on, RowsKey(behaviour, label), n))
		}
	}
	return slices.Concat(outcomeRows(b, on, s), counts, itemRows(b, on, s))
}

// rightRows are those of a summary without its rows by label and behaviour.
func rightRows(b Block, on Subset, s gap.Summary) Table {
	return append(outcomeRows(b, on, s), itemRows(b, on, s)...)
}

func outcomeRows(b Block, on Subset, s gap.Summary) Table {
	return Table{
		countRow(b, on, "rows", s.N),
		countRow(b, on, KeyGroups, s.Groups),
		countRow(b, on, "both_right", s.Table.BothRight),
		countRow(b, on, "only_probe", s.Table.OnlyProbe),
		countRow(b, on, "only_behaviour", s.Table.OnlyBehaviour),
		countRow(b, on, "both_wrong", s.Table.BothWrong),
	}
}

func itemRows(b Block, on Subset, s gap.Summary) Table {
	var t Table
	for _, it := range s.Items {
		t = append(t, itemRow(b, on, it))
	}
	return t
}

// RowsKey is the key of the number of rows with a behaviour and a label.
func RowsKey(behaviour, label int) string { return fmt.Sprintf("rows_b%d_y%d", behaviour, label) }

func neitherRows(b Block, on Subset, n gap.NeitherRows) Table {
	return Table{
		countRow(b, on, "rows", n.N),
		countRow(b, on, "rows_y0", n.ByLabel[0]),
		countRow(b, on, "rows_y1", n.ByLabel[1]),
		{Block: b, Layer: None, Position: None, Predictor: Probe, Subset: on, Key: gap.KeyAccuracyProbe, Unit: UnitShare, Estimate: n.ProbeAccuracy},
	}
}

func countRow(b Block, on Subset, key string, n int) Row {
	unit := UnitRows
	if key == KeyGroups {
		unit = UnitGroups
	}
	return Row{Block: b, Layer: None, Position: None, Predictor: Probe, Subset: on, Key: key, Unit: unit, Estimate: estimate.Estimate{Value: float64(n), N: n}}
}

func itemRow(b Block, on Subset, it gap.Item) Row {
	return Row{Block: b, Layer: None, Position: None, Predictor: Probe, Subset: on, Key: it.Key, Unit: unitOf(it.Kind), Estimate: it.Estimate}
}

// The units of estimates beside those of the metrics.
const (
	UnitShare       = "share"
	UnitDifference  = "difference of shares"
	UnitProbability = "probability"
	UnitP           = "p"
	UnitRows        = "rows"
	UnitBits        = "bits"
	UnitGroups      = "groups"
	UnitDeviations  = "standard deviations"
	UnitLevels      = "levels"
)

func unitOf(k gap.Kind) string {
	switch k {
	case gap.Difference:
		return UnitDifference
	case gap.AUROC:
		return UnitProbability
	case gap.PValue:
		return UnitP
	case gap.Deviations:
		return UnitDeviations
	case gap.Correlation:
		return compare.Correlation
	case gap.RankGap:
		return compare.CorrelationDifference
	case gap.Steps:
		return UnitLevels
	case gap.Bits:
		return UnitBits
	}
	return UnitShare
}

// The predictors.
const (
	Probe     = "probe"
	Majority  = "majority"
	Text      = "text"
	Embedding = "embedding"
	Nuisance  = "nuisance"
	Behaviour = "behaviour"
	Graded    = "graded"

	// Of the block Sparse, whose subsets are of the column Coordinates.
	FewColumns    = "few columns"
	RandomColumns = "random columns"
	Coordinates   = "coordinates"
	// Residualised is the probe on states without what columns tell of them.
	Residualised = "residualised"
)

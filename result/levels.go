package result

import "tell/gap"

// The subsets of a gap of several levels: the rows of one label, those of them that
// acted as one level, and one class against the others, or the levels from one on
// against those below it.
const (
	LabelSubset = "label"
	ActedSubset = "label, behaviour"
	SplitSubset = "split"
)

// ActedAs is the rows of one label that acted as a level.
func ActedAs(label, level string) Subset {
	return Subset{Column: ActedSubset, Value: label + ", " + level}
}

// LevelGapRows lays a measured gap of several levels out as rows of the table.
func LevelGapRows(g *gap.LevelsResult) Table {
	t := rightRows(Gap, Subset{}, g.Summary)
	t = append(t, countRow(Gap, NeitherBehaviour, "rows", g.Neither.N))
	t = append(t, Row{Block: Gap, Layer: None, Position: None, Predictor: Probe, Subset: NeitherBehaviour, Key: gap.KeyAccuracyProbe, Unit: UnitShare, Estimate: g.Neither.ProbeAccuracy})
	for y, l := range g.ByLabel {
		on := Subset{Column: LabelSubset, Value: l.Value}
		t = append(t, rightRows(Gap, on, l.Summary)...)
		t = append(t, countRow(Gap, on, "rows_neither", l.Neither.N))
		for b, acted := range g.ByLabel {
			t = append(t, countRow(Gap, ActedAs(l.Value, acted.Value), "rows", g.Counts[y][b]))
		}
	}
	for _, s := range g.Splits {
		t = append(t, summaryRows(Gap, Subset{Column: SplitSubset, Value: s.Value}, s.Summary)...)
	}
	return append(t, sliceRows(&g.Result, rightRows)...)
}

package result

import "slices"

// A column is one column of a table that is written as CSV and as Parquet. One
// of text, integer and number gives its values.
type column[R any] struct {
	name string
	// means says what a value is, for a reader of the files.
	means string

	text    func(*R) string
	integer func(*R) (v int, ok bool)
	number  func(*R) (v float64, ok bool)

	// optional is a column of texts in which an empty one is absent.
	optional bool
	// absent is what CSV has where there is no integer.
	absent string
	// set takes a bool, an int, a float64, a string or, where there is no
	// value, nil. It reports what it expected when it refuses. Nil where the
	// column is not read back.
	set func(r *R, v any) (expected string)
}

// tableColumns are the columns of results.csv and results.parquet.
var tableColumns = []column[Row]{
	optionalText("block", "part of the run, see below", func(r *Row) string { return string(r.Block) }),
	optionalText("target", "what is predicted; empty where the study has one target", func(r *Row) string { return r.Target }),
	optionalText("train", "rows that the probes were trained on; empty where the study has one set of rows", func(r *Row) string { return r.Train }),
	optionalText("test", "rows that they were tested on; empty where the study has one set of rows", func(r *Row) string { return r.Test }),
	optionalText("dump", "dump of hidden states; empty where the study has one", func(r *Row) string { return r.Dump }),
	{name: "layer", means: "number of the layer; empty where the estimate is not about one site", integer: func(r *Row) (int, bool) { return r.Layer, r.Layer != None }},
	{name: "position", means: "token position, from 0; empty where the estimate is not about one site", integer: func(r *Row) (int, bool) { return r.Position, r.Position != None }},
	optionalText("predictor", "what the scores come from, see below", func(r *Row) string { return r.Predictor }),
	optionalText("subset", "rows that the estimate is about: `column=value`, or `column=value-reference` for a contrast; empty for all rows", func(r *Row) string { return r.Subset.String() }),
	optionalText("key", "what is estimated, see below", func(r *Row) string { return r.Key }),
	{name: "value", means: "the estimate; empty where it cannot be estimated", number: func(r *Row) (float64, bool) { return r.Estimate.Value, r.Estimate.OK() }},
	{name: "low", means: "lower end of the interval; empty where there is none", number: func(r *Row) (float64, bool) { return r.bounds().Low, r.hasInterval() }},
	{name: "high", means: "upper end of the interval", number: func(r *Row) (float64, bool) { return r.bounds().High, r.hasInterval() }},
	{name: "level", means: "nominal coverage of the interval, as the study asks for it", number: func(r *Row) (float64, bool) { return r.bounds().Level, r.hasInterval() }},
	{name: "n", means: "rows that the estimate was computed from; for `null_high` and `p_over_all_sites`, label permutations", integer: func(r *Row) (int, bool) { return r.Estimate.N, true }},
	{name: "groups", means: "groups that those rows belong to; empty where they were not counted", integer: func(r *Row) (int, bool) { return r.Estimate.Groups, r.Estimate.Groups > 0 }},
	{name: "null_mean", means: "mean of the estimate over permuted labels; empty where no labels were permuted", number: func(r *Row) (float64, bool) { return r.null().Mean, r.Null != nil }},
	{name: "p", means: "share of the permutations, the observed labels among them, that reach the value", number: func(r *Row) (float64, bool) { return r.null().P, r.Null != nil }},
	optionalText("unit", "how the value is read, see below", func(r *Row) string { return r.Unit }),
	optionalText("flags", "codes of what must be known beside the value, joined by a space, see below", func(r *Row) string { return r.flags() }),
	optionalText("reason", "why there is no value; empty where there is one", func(r *Row) string { return r.Estimate.Reason }),
	runColumn(""),
}

// tableColumnsOf are the columns of the table of a run.
func tableColumnsOf(run string) []column[Row] {
	columns := slices.Clone(tableColumns)
	columns[len(columns)-1] = runColumn(run)
	return columns
}

func runColumn(run string) column[Row] {
	return optionalText(runName, meansRun, func(*Row) string { return run })
}

const (
	runName  = "run"
	meansRun = "identifies the run, the same in all its files; empty where it is not known"
)

func optionalText(name, means string, of func(*Row) string) column[Row] {
	return column[Row]{name: name, means: means, text: of, optional: true}
}

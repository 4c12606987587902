// Package study reads a study file ([Load]) and makes typed columns of what it
// asks for: the examples, joined to the rows of a dump ([Study.Cases]). It trains
// nothing and changes no dump, so that two studies of one dump do not disturb each
// other. Package run does what a study asks for.
//
// What is wrong in a study file or in the data that it asks for is an [*Error],
// with the file, the line and the key.
package study

import (
	"fmt"
	"math"
	"path/filepath"

	"tell/activations"
	"tell/target"
)

// Study is what a study file asks for. Load reads one, fills in every default
// and checks every value that can be checked without the data.
//
// Fields that are called an expression take either the exact name of a column
// of the examples or an expression over columns (expr-lang), such as
//
//	correct and not echoed
//	template in [0, 2] and claim != ""
//	len(prompt)
//
// and, or, not and ?: take booleans and the numbers 0 and 1; everything else is
// as in the expression language, except that there is no now(). A column whose
// name is no identifier is written $env["its name"]. A null equals only nil:
// comparing it by order, computing with it or using it as a truth value is an
// error that names the row, so that a missing value never decides anything
// silently. Write, for instance, user_wrong != nil and user_wrong >= 0.
type Study struct {
	// Path is the study file as it was given to Load. Paths in the file are
	// relative to its folder.
	Path string `yaml:"-"`
	// Source is the text of the study file.
	Source []byte `yaml:"-"`

	// Name is the title of the report. Default: the name of the study file.
	Name string `yaml:"name"`

	Activations Activations `yaml:"activations"`

	// Examples is the table of examples: JSONL, CSV, TSV, Arrow or Parquet.
	// Default: the columns stored beside the activations.
	Examples string `yaml:"examples"`
	// Join says how examples and activations belong together. Default: by
	// position, row i of the activations to example i.
	Join Join `yaml:"join"`

	// Rows is an expression; examples for which it is false are left out.
	// Default: all are used.
	Rows   string `yaml:"rows"`
	Target Target `yaml:"target"`

	// Group is the column whose rows depend on each other: no fold separates
	// them, and intervals resample them together. Default: every row is
	// its own group.
	Group string `yaml:"group"`
	// Unit is the column whose rows carry one label and move as one when labels
	// are permuted: the wordings of one claim within a group. Default: none.
	Unit string `yaml:"unit"`
	// Weight is an expression for how much a row counts in training: 0 or more, and
	// above 0 on some rows. Metrics count every row alike. Default: 1 each.
	Weight string `yaml:"weight"`
	// ClassWeight is "balanced" where the levels of the target have the same weight
	// in all in training. Default: every row counts alike.
	ClassWeight string `yaml:"class_weight"`
	// Condition is the column by which the gap is reported separately. Default:
	// none.
	Condition string `yaml:"condition"`
	// Strata are further columns by which the gap is reported separately.
	Strata []string `yaml:"strata"`
	// Text is the column with the prompt: for the text-only baseline, the
	// audit and the report. Default: none.
	Text string `yaml:"text"`
	// Said is the column with what the model said, for the report. Default:
	// none.
	Said string `yaml:"said"`
	// ID is the column that names the rows in the report. Default: the ids by
	// which rows are joined, else the number of the row.
	ID string `yaml:"id"`

	// Decision maps behaviour to the label's alphabet. Nil leaves the gap out.
	Decision *Decision `yaml:"decision"`
	// Dumps are further dumps by name, such as another model's states of the
	// same rows.
	Dumps map[string]Dump `yaml:"dumps"`
	// Baselines are further rivals of the probe: named scores, and probes on
	// other dumps.
	Baselines []Baseline `yaml:"baselines"`
	// Nuisance are expressions that a baseline may predict the label from:
	// surface features that the probe should beat.
	Nuisance []string `yaml:"nuisance"`
	// Targets are further targets by name, for comparisons. A row on which one is
	// not stated has nil.
	Targets map[string]Target `yaml:"targets"`
	// Sets are some of the rows, by name.
	Sets map[string]Set `yaml:"sets"`
	// Compare are the comparisons.
	Compare []Comparison `yaml:"compare"`
	// Traces follow the score of a few rows along their positions. Default: none.
	Traces *Traces `yaml:"traces"`
	// AnswerPosition is the column with the index of the first position that
	// already belongs to the answer, for the audit. Default: none.
	AnswerPosition string `yaml:"answer_position"`

	// Layers and Positions are those to probe, layers by their numbers. Default: all.
	Layers    []int `yaml:"layers"`
	Positions []int `yaml:"positions"`

	Probe    Probe    `yaml:"probe"`
	Controls Controls `yaml:"controls"`

	// Seed is where all random numbers come from. Default: 1.
	Seed uint64 `yaml:"seed"`

	keys keyIndex
}

// Activations says where the hidden states are and, where the format does not
// say it, what is in them; see [activations.Spec].
type Activations struct {
	// Path is a file, a glob, or a list of them: the shards of one dump; or a path with
	// {layer} for the files of layers.
	Path Paths `yaml:"path"`
	// Axes names the stored axes from the outermost: row, layer, position,
	// head, width. Default: by the number of axes.
	Axes []activations.Axis `yaml:"axes"`
	// DType is the type of the numbers where the format cannot say it.
	DType activations.DType `yaml:"dtype"`
	// Tensor picks the array in a file that holds several.
	Tensor string `yaml:"tensor"`
	// Position chooses among the positions of every row, which may have
	// different numbers of them: first, last, mean, a number (-1 is the last),
	// a range such as 2:6 or "-4:", or the column with the index of the
	// position in every row. Default: all positions are kept.
	Position string `yaml:"position"`
	// Length is the column that says which positions of a row count: how many
	// from the first on, or a mask. The mean is over these, and numbers are
	// counted among them. Columns are looked for among the examples, then
	// beside the activations. Default: all positions count.
	Length string `yaml:"length"`
	// Mask, instead of Length, says which positions count by a mask such as
	// [0, 1, 1, 0, 1]: the name of a column, as for Length, or of an array
	// beside the activations, or the path of a file that holds one (npy, npz,
	// safetensors).
	Mask string `yaml:"mask"`
	// Shape is the shape of numbers in a file without a header.
	Shape []int `yaml:"shape"`
	// Embedding is the number of the layer that is the embedding output.
	// Default: as the dump says, if it does.
	Embedding *int `yaml:"embedding"`
	// LayerNumbers are the numbers that the layers of the dump have in their model.
	// Default: see [activations.Dump.LayerNumbers].
	LayerNumbers []int `yaml:"layer_numbers"`
	// PositionNames are what the positions that are read are called. Default: see
	// [activations.Dump.PositionNames].
	PositionNames []string `yaml:"position_names"`
}

// Join names the column with the ids on both sides. Both are empty for a join
// by position.
type Join struct {
	Activations string `yaml:"activations"`
	Examples    string `yaml:"examples"`
}

// Target is what the probe predicts.
type Target struct {
	// Label is an expression. On every used row it gives 0, 1, false or true for
	// a binary target, a finite number for a number, a level for a class or an
	// ordinal target, and a share from 0 to 1.
	Label string `yaml:"label"`
	// Kind is one of target.Kinds. Default: binary.
	Kind target.Kind `yaml:"kind"`
	// Order lists the levels of an ordinal target from the lowest. Default: its
	// whole numbers in their order.
	Order Levels `yaml:"order"`
	// Raters is an expression for how many judgements or draws a share is of.
	// Default: not known, and every row counts alike.
	Raters string `yaml:"raters"`
	// Names says in words what label 0 and label 1 mean. Default: the label
	// with "= 0" and "= 1".
	Names Names `yaml:"names"`
}

// Levels are names of levels, which may be written as numbers.
type Levels []string

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (l *Levels) UnmarshalYAML(decode func(any) error) error {
	var list []any
	if err := decode(&list); err != nil {
		return err
	}
	for _, v := range list {
		*l = append(*l, level(v))
	}
	return nil
}

// Decision says what the model did. For labels 0 and 1 it holds two expressions, at
// most one of them true on a row: the model acted as if the label were 0, or as if
// it were 1. Where neither is true it acted as neither.
type Decision struct {
	ActsAs0 string `yaml:"acts_as_0"`
	ActsAs1 string `yaml:"acts_as_1"`
	// Score is an expression for the graded behaviour: a number that grows with
	// acting as if the label were 1, such as the log-odds of the two answers. A
	// row without one has nil. Default: none.
	Score string `yaml:"score"`
	// ActsAs is an expression, beside a target of classes or ordered levels, for
	// the level that the model acted as. A row on which it acted as none has nil.
	ActsAs string `yaml:"acts_as"`
	// Scores are the graded behaviour beside a target of classes or ordered
	// levels: for every level an expression for a probability or count, or for
	// its logarithm. A row without one has nil. Default: none.
	Scores map[string]string `yaml:"scores"`
	// Effort is an expression for what the model spends, such as the tokens of
	// its answer: set beside a target that is a number or ordered, such as
	// difficulty. A row without one has nil. Default: none.
	Effort string `yaml:"effort"`
	// Censored is an expression that is true where the effort was cut off at what
	// it is, as by a limit of tokens. Default: nowhere.
	Censored string `yaml:"censored"`
	// Right is an expression that is true where the model was right, for the
	// effort on what it does rightly. Default: not known.
	Right string `yaml:"right"`
	// Knows is an expression that is true on rows on which the model is known to
	// know, from its answer to the neutral question, say. A row on which that is
	// not known has nil. Default: none.
	Knows string `yaml:"knows"`
}

// Set is some of the rows used.
type Set struct {
	// Rows is an expression that is true on them. Default: every row of Dump.
	Rows string `yaml:"rows"`
	// Dump names the dump whose rows they are, among dumps. Default: the study's
	// own.
	Dump string `yaml:"dump"`
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler: the expression alone, or
// with its key.
func (s *Set) UnmarshalYAML(decode func(any) error) error {
	if decode(&s.Rows) == nil {
		return nil
	}
	type plain Set
	return decode((*plain)(s))
}

// Baseline is a rival of the probe that the study names.
type Baseline struct {
	Name string `yaml:"name"`
	// Score is an expression for a number that grows with label 1, such as
	// P(True). A row without one has nil.
	Score string `yaml:"score"`
	// Dump names the dump whose probe is the rival.
	Dump string `yaml:"dump"`
}

// Dump is a dump beside the study's own. Without examples its rows are those of
// the study's dump, in the same order.
type Dump struct {
	Activations `yaml:",inline"`
	// Examples describe the rows of this dump, in the columns of the study's own
	// examples; rows of equal id are compared.
	Examples string `yaml:"examples"`
	// SameSpace says that a direction means the same in both dumps, as before and
	// after tuning or steering, so that a probe of one can be applied to the
	// other.
	SameSpace bool `yaml:"same_space"`
}

// Probe says what is trained and how it is chosen.
type Probe struct {
	// Kind is one of probe.FamiliesFor a binary target. Default: logistic.
	Kind string `yaml:"kind"`
	// C are the inverse penalties to choose from, ascending. Default: ten
	// from 1e-4 to 1e4, evenly spaced in the logarithm.
	C Grid `yaml:"C"`
	// Folds and InnerFolds are the outer folds, on which everything is
	// scored, and the inner ones, on which everything is chosen. Default: 5.
	Folds      int `yaml:"folds"`
	InnerFolds int `yaml:"inner_folds"`
	// Repeats is how often the outer folds are drawn. Default: 1.
	Repeats int `yaml:"repeats"`
	// Tol is the relative excess of the objective at which the solver stops.
	// Default: 1e-8.
	Tol float64 `yaml:"tol"`
	// Coordinates is how many columns a probe of kind k-sparse reads. Default: 16.
	Coordinates int `yaml:"coordinates"`
	// SparsePath are numbers of columns, ascending: a k-sparse probe of each is set
	// beside the probe, and one of as many columns drawn at random. Default: none.
	SparsePath []int `yaml:"sparse_path"`
	// LayersJoined are ways to make one predictor of the probes of all layers and
	// positions: JoinedMean, JoinedStack. Default: none.
	LayersJoined []string `yaml:"layers_joined"`
	// Residualise are expressions, as of Nuisance, that are regressed out of the
	// states inside the training folds for a second probe beside the study's own.
	// Default: there is none.
	Residualise []string `yaml:"residualise"`
}

// Controls are the resampling controls.
type Controls struct {
	// Permutations is how often labels are shuffled, 0 for no test. Default:
	// 200.
	Permutations int `yaml:"permutations"`
	// PermutationC is the fixed inverse penalty of that test. Default: 0.01.
	PermutationC float64 `yaml:"permutation_C"`
	// Bootstrap is the number of bootstrap draws. Default: 2000.
	Bootstrap int `yaml:"bootstrap"`
	// Level is the confidence level of intervals. Default: 0.95.
	Level float64 `yaml:"level"`
	// Interval says what the intervals of the nested probe speak of: "scores",
	// these probes on further groups, or "procedure", probes trained anew on
	// further groups as well. Default: scores.
	Interval string `yaml:"interval"`
	// FPR is the false-positive rate at which recall is given, beside the ROC curve.
	// Default: neither.
	FPR *float64 `yaml:"fpr"`
	// Description is the number of orders of the groups that the online description
	// length is the mean of. Default: 0, none.
	Description int `yaml:"description"`
	// Selectivity is the column whose values get random labels, for control tasks.
	// Default: none.
	Selectivity string `yaml:"selectivity"`
	// Learning asks for the metrics of probe and rivals by the number of groups that
	// they are trained on.
	Learning bool `yaml:"learning"`
}

// Names are the names of label 0 and label 1.
type Names [2]string

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (n *Names) UnmarshalYAML(decode func(any) error) error {
	var list []string
	if err := decode(&list); err != nil {
		return err
	}
	if len(list) != len(n) {
		return &keyError{key: "target.names", message: fmt.Sprintf("found %d names, expected 2: of label 0 and of label 1", len(list))}
	}
	copy(n[:], list)
	return nil
}

// Paths is one path or a list of them.
type Paths []string

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (p *Paths) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*p = Paths{one}
		return nil
	}
	return decode((*[]string)(p))
}

// Grid is a list of numbers, in the file perhaps {logspace: [low, high, n]}: n
// powers of ten with exponents from low to high.
type Grid []float64

// UnmarshalYAML implements yaml.InterfaceUnmarshaler.
func (g *Grid) UnmarshalYAML(decode func(any) error) error {
	if decode((*[]float64)(g)) == nil {
		return nil
	}
	var one float64
	if decode(&one) == nil {
		*g = Grid{one}
		return nil
	}
	var spaced struct {
		Logspace []float64 `yaml:"logspace"`
	}
	if decode(&spaced) != nil {
		return &keyError{key: "probe.C", expected: "a number, a list of numbers, or {logspace: [low, high, n]}"}
	}
	l := spaced.Logspace
	if len(l) != 3 || !(l[2] >= 1 && l[2] <= maxGrid) || l[2] != math.Trunc(l[2]) {
		return &keyError{key: "probe.C", message: fmt.Sprintf("found logspace %v, expected [low, high, n] with n from 1 to %d", l, maxGrid)}
	}
	*g = logspace(l[0], l[1], int(l[2]))
	return nil
}

// maxGrid bounds the number of values of C.
const maxGrid = 1000

func logspace(low, high float64, n int) Grid {
	g := make(Grid, n)
	for i := range g {
		exponent := low
		if i > 0 {
			exponent += float64(i) * (high - low) / float64(n-1)
		}
		g[i] = math.Pow(10, exponent)
	}
	return g
}

// UnmarshalYAML implements yaml.InterfaceUnmarshaler: by position in words, the
// column with ids of that name on both sides, or the two columns.
func (j *Join) UnmarshalYAML(decode func(any) error) error {
	var word string
	if decode(&word) == nil {
		switch word {
		case "":
			return &keyError{key: "join", message: fmt.Sprintf("found %q, expected %q, a column, or two columns {activations: id, examples: id}", word, byPosition)}
		case byPosition:
		default:
			j.Activations, j.Examples = word, word
		}
		return nil
	}
	type plain Join
	return decode((*plain)(j))
}

const byPosition = "position"

// UnmarshalYAML implements yaml.InterfaceUnmarshaler: the label alone, or label
// and names.
func (t *Target) UnmarshalYAML(decode func(any) error) error {
	if decode(&t.Label) == nil {
		return nil
	}
	type plain Target
	return decode((*plain)(t))
}

// Spec describes the activations, with paths that can be opened.
func (s *Study) Spec() activations.Spec {
	spec := s.spec(s.Activations)
	spec.ID = s.Join.Activations
	return spec
}

// DumpSpec describes one of the dumps beside the study's own.
func (s *Study) DumpSpec(name string) activations.Spec { return s.spec(s.Dumps[name].Activations) }

func (s *Study) spec(a Activations) activations.Spec {
	spec := activations.Spec{
		Axes:     a.Axes,
		DType:    a.DType,
		Tensor:   a.Tensor,
		Position: a.Position,
		Length:   a.Length,
		Mask:     a.Mask,
		Shape:    a.Shape,

		LayerNumbers:  a.LayerNumbers,
		PositionNames: a.PositionNames,
	}
	if activations.IsMaskFile(spec.Mask) {
		spec.Mask = s.resolve(spec.Mask)
	}
	for _, p := range a.Path {
		spec.Paths = append(spec.Paths, s.resolve(p))
	}
	return spec
}

// CasesOf makes the cases of a dump beside the study's own, which has examples
// of its own, as [Study.Cases] does.
func (s *Study) CasesOf(name string, dump *activations.Dump) (*Cases, error) {
	of := *s
	d := s.Dumps[name]
	of.Activations, of.Examples, of.Join, of.Baselines, of.Traces, of.Sets = d.Activations, d.Examples, Join{}, nil, nil, map[string]Set{}
	for set, x := range s.Sets {
		if x.Dump == name {
			of.Sets[set] = Set{Rows: x.Rows}
		}
	}
	// Only comparisons of dumps and of sets read other examples than the study's own.
	of.Compare = nil
	for _, c := range s.Compare {
		if c.Kind != dumpsKind.name && c.Kind != transferKind.name {
			c = Comparison{}
		}
		of.Compare = append(of.Compare, c)
	}
	c, err := of.Cases(dump)
	if err != nil {
		return nil, fmt.Errorf("dump %s: %w", name, err)
	}
	return c, nil
}

// ExamplesPath is where the table of examples can be opened, or "" if it is
// stored beside the activations.
func (s *Study) ExamplesPath() string { return s.resolveAny(s.Examples) }

// DumpExamplesPath is where the examples of a dump beside the study's own can be
// opened, or "" if it has none of its own.
func (s *Study) DumpExamplesPath(name string) string { return s.resolveAny(s.Dumps[name].Examples) }

func (s *Study) resolveAny(path string) string {
	if path == "" {
		return ""
	}
	return s.resolve(path)
}

func (s *Study) resolve(path string) string {
	if filepath.IsAbs(path) || activations.IsRemote(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.Path), path)
}

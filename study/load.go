package study

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tell/activations"
	"tell/probe"
	"tell/target"
)

// Load reads a study file. Unknown keys, values of the wrong type or out of
// range are errors that name file, line and key.
func Load(path string) (*Study, error) {
	raw, err := readStudy(path)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, &Error{Where: path, cause: at.Err}
	}
	if err != nil {
		return nil, err
	}
	return parse(path, raw)
}

// readStudy reads no more of a file than is needed to see that it is no study.
func readStudy(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxStudyBytes+1))
}

func parse(path string, raw []byte) (*Study, error) {
	s := defaults(path)
	if err := s.decode(raw); err != nil {
		return nil, err
	}
	s.Target.name()
	for name, of := range s.Targets {
		of.name()
		s.Targets[name] = of
	}
	s.Source = raw
	if err := s.checkTarget(); err != nil {
		return nil, err
	}
	if s.Probe.Kind == "" {
		s.Probe.Kind = probe.FamiliesFor(s.Target.Kind)[0]
	}
	if s.Probe.C == nil {
		s.Probe.C = slices.Clone(Grid(probe.DefaultGrid(s.Probe.Kind)))
	}
	slices.Sort(s.Probe.C)
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

func defaults(path string) *Study {
	base := filepath.Base(path)
	return &Study{
		Path: path,
		Name: strings.TrimSuffix(base, filepath.Ext(base)),
		Probe: Probe{
			Folds:      5,
			InnerFolds: 5,
			Repeats:    1,
			Tol:        1e-8,
		},
		Controls: Controls{
			Permutations: 200,
			PermutationC: 0.01,
			Bootstrap:    2000,
			Level:        0.95,
			Interval:     IntervalOfScores,
		},
		Seed: 1,
	}
}

// decode reads YAML into s. The decoder panics on some malformed input,
// which is returned as an error.
func (s *Study) decode(raw []byte) (err error) {
	path := s.Path
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Where: path, cause: fmt.Errorf("not YAML that can be read: %v", r)}
		}
	}()
	if err := s.checkSize(raw); err != nil {
		return err
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return s.decodeError(err)
	}
	documents := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch len(documents) {
	case 0:
		return &Error{Where: s.Path, cause: errors.New("the file is empty, expected a study")}
	case 1:
	default:
		at := placeOf(documents[1].Body.GetToken())
		return &Error{Where: fmt.Sprintf("%s:%d", s.Path, at.line), cause: errors.New("found a second document, expected one study")}
	}
	if err := s.checkValues(documents[0].Body); err != nil {
		return err
	}
	keys := indexKeys(documents[0].Body)
	err = yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(s)
	s.Path, s.keys = path, keys // a document that is null clears them
	if err != nil {
		return s.decodeError(err)
	}
	return nil
}

// check looks at every value that can be judged without the data.
func (s *Study) check() error {
	for _, check := range []func() error{
		s.checkWholeNumbers, s.checkPaths, s.checkActivations, s.checkColumns, s.checkBaselines, s.checkSites, s.checkProbe, s.checkControls, s.checkWeights, s.checkExtraControls, s.checkTargets, s.checkSets, s.checkTraces, s.checkComparisons,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkWholeNumbers finds values that the decoder truncated or wrapped to
// make them whole numbers.
func (s *Study) checkWholeNumbers() error {
	keys := []string{"activations.embedding", "probe.folds", "probe.inner_folds", "probe.repeats", "controls.permutations", "controls.bootstrap", "controls.description", "seed"}
	for i := range s.Layers {
		keys = append(keys, fmt.Sprintf("layers[%d]", i))
	}
	for i := range s.Positions {
		keys = append(keys, fmt.Sprintf("positions[%d]", i))
	}
	for i := range s.Activations.Shape {
		keys = append(keys, fmt.Sprintf("activations.shape[%d]", i))
	}
	for i := range s.Activations.LayerNumbers {
		keys = append(keys, fmt.Sprintf("activations.layer_numbers[%d]", i))
	}
	for _, key := range keys {
		switch n := s.keys.value[key].(type) {
		case *ast.FloatNode, *ast.StringNode:
			return s.ErrorAt(key, "found %s, expected a whole number", n.GetToken().Value)
		}
	}
	return nil
}

func (s *Study) checkActivations() error {
	a := s.Activations
	if len(a.Path) == 0 || slices.Contains(a.Path, "") {
		return s.ErrorAt("activations.path", "missing, expected the file with the hidden states")
	}
	for i, axis := range a.Axes {
		switch {
		case !slices.Contains(activations.Axes(), axis):
			return s.ErrorAt(fmt.Sprintf("activations.axes[%d]", i), "found %q, expected row, layer, position, head, width or batch", axis)
		case slices.Index(a.Axes, axis) < i:
			return s.ErrorAt(fmt.Sprintf("activations.axes[%d]", i), "found %q twice", axis)
		}
	}
	for i, n := range a.Shape {
		if n < 1 {
			return s.ErrorAt(fmt.Sprintf("activations.shape[%d]", i), "found %d, expected 1 or more", n)
		}
	}
	switch {
	case a.Embedding != nil && *a.Embedding < 0:
		return s.ErrorAt("activations.embedding", "found %d, expected the number of a layer, 0 or more", *a.Embedding)
	case a.Length != "" && a.Position == "":
		return s.ErrorAt("activations.length", "found %q without a position, expected activations.position as well: which of the positions that count is read, such as last, mean, all, or -4: for the last four", a.Length)
	case a.Mask != "" && a.Position == "":
		return s.ErrorAt("activations.mask", "found %q without a position, expected activations.position as well: which of the positions that count is read, such as last, mean, all, or -4: for the last four", a.Mask)
	case a.Mask != "" && a.Length != "":
		return s.ErrorAt("activations.mask", "found %q beside length %q, expected one of them", a.Mask, a.Length)
	}
	if dtypes := activations.DTypes(); a.DType != "" && !slices.Contains(dtypes, a.DType) {
		return s.ErrorAt("activations.dtype", "found %q, expected one of %v", a.DType, dtypes)
	}
	return nil
}

func (s *Study) checkColumns() error {
	if s.Target.Label == "" {
		return s.ErrorAt("target.label", "missing, expected the column or expression that the probe predicts")
	}
	if s.Target.Names[0] == s.Target.Names[1] {
		return s.ErrorAt("target.names", "found %q for both labels, expected two names", s.Target.Names[0])
	}
	if j := s.Join; (j.Activations == "") != (j.Examples == "") {
		return s.ErrorAt("join", "found one column, expected both: {activations: id, examples: id}")
	}
	if err := s.checkDecision(); err != nil {
		return err
	}
	for _, columns := range []struct {
		key  string
		list []string
	}{{"strata", s.Strata}, {"nuisance", s.Nuisance}} {
		for i, name := range columns.list {
			key := fmt.Sprintf("%s[%d]", columns.key, i)
			switch {
			case name == "":
				return s.ErrorAt(key, "found nothing, expected a column")
			case slices.Index(columns.list, name) < i:
				return s.ErrorAt(key, "found %q twice", name)
			case columns.key == "strata" && s.Condition != "" && name == "condition":
				return s.ErrorAt(key, "found %q, expected a column of another name: the results call the values of the condition so", name)
			}
		}
	}
	return nil
}

// checkTarget looks at what the target is before anything that depends on it.
func (s *Study) checkTarget() error {
	y := &s.Target
	if y.Kind == "" {
		y.Kind = target.KindBinary
	}
	binary := y.Kind == target.KindBinary
	switch {
	case !slices.Contains(target.Kinds(), y.Kind):
		return s.ErrorAt("target.kind", "found %q, expected one of %v%s", y.Kind, target.Kinds(), asShare(y.Kind))
	case !binary && y.Names != defaultNames(y.Label):
		return s.ErrorAt("target.names", "found names of label 0 and label 1 for a target of kind %s, expected none", y.Kind)
	case y.Order != nil && y.Kind != target.KindOrdinal:
		return s.ErrorAt("target.order", "found an order for a target of kind %s, expected none", y.Kind)
	case y.Raters != "" && y.Kind != target.KindShare:
		return s.ErrorAt("target.raters", "found %q for a target of kind %s, expected none", y.Raters, y.Kind)
	case !binary && s.Controls.Interval == IntervalOfProcedure:
		return s.ErrorAt("controls.interval", "found %s for a target of kind %s, expected %s", IntervalOfProcedure, y.Kind, IntervalOfScores)
	}
	return nil
}

// asShare says how counts are stated.
func asShare(k target.Kind) string {
	if k != "count" && k != "counts" {
		return ""
	}
	return "; counts of yes and no are a share: {label: yes / (yes + no), kind: share, raters: yes + no}"
}

func defaultNames(label string) Names { return Names{label + " = 0", label + " = 1"} }

// checkDecision looks at what the behaviour is set against.
func (s *Study) checkDecision() error {
	d := s.Decision
	if d == nil {
		return nil
	}
	leveled := s.Target.Kind == target.KindClass || s.Target.Kind == target.KindOrdinal
	switch {
	case !leveled && d.ActsAs != "":
		return s.ErrorAt("decision.acts_as", "found %q for a target of kind %s, expected a target of kind class or ordinal; for labels 0 and 1 write acts_as_0 and acts_as_1", d.ActsAs, s.Target.Kind)
	case d.Scores != nil && d.ActsAs == "":
		return s.ErrorAt("decision.scores", "found scores, but no decision.acts_as; expected the level that the model acted as")
	}
	if s.Target.Kind == target.KindBinary {
		switch {
		case d.Effort != "":
			return s.ErrorAt("decision.effort", "found %q for a binary target, expected a target that is a number or ordinal, such as difficulty", d.Effort)
		case d.ActsAs0 == "":
			return s.ErrorAt("decision.acts_as_0", "missing, expected when the model acted as if the label were 0")
		case d.ActsAs1 == "":
			return s.ErrorAt("decision.acts_as_1", "missing, expected when the model acted as if the label were 1")
		}
		return nil
	}
	instead := "decision.effort, what the model spends"
	if leveled {
		instead = "decision.acts_as, the level that the model acted as"
	}
	for _, of := range [][2]string{{"acts_as_0", d.ActsAs0}, {"acts_as_1", d.ActsAs1}, {"score", d.Score}, {"knows", d.Knows}} {
		if of[1] != "" {
			return s.ErrorAt("decision."+of[0], "found %q for a target of kind %s, which has no labels 0 and 1; expected %s", of[1], s.Target.Kind, instead)
		}
	}
	switch {
	case !leveled && s.Target.Kind != target.KindNumber:
		return s.ErrorAt("decision", "found it beside a target of kind %s, expected a target that is binary, a class, a number or ordinal; for the difficulty of which effort is spent, write target: {label: 1 - (%s), kind: number} where the share is one of successes", s.Target.Kind, s.Target.Label)
	case s.Target.Kind == target.KindClass && d.Effort != "":
		return s.ErrorAt("decision.effort", "found %q for a target of kind class, expected a target that is a number or ordinal, such as difficulty", d.Effort)
	case d.ActsAs == "" && s.Target.Kind == target.KindClass:
		return s.ErrorAt("decision.acts_as", "missing, expected the class that the model acted as")
	case d.ActsAs == "" && d.Effort == "":
		return s.ErrorAt("decision.effort", "missing, expected what the model spends, such as the tokens of its answer")
	}
	return nil
}

func (s *Study) checkSites() error {
	for _, axis := range []struct {
		key  string
		list []int
	}{{"layers", s.Layers}, {"positions", s.Positions}} {
		if axis.list != nil && len(axis.list) == 0 {
			return s.ErrorAt(axis.key, "found an empty list, expected at least one, or no key for all")
		}
		for i, n := range axis.list {
			key := fmt.Sprintf("%s[%d]", axis.key, i)
			switch {
			case n < 0:
				return s.ErrorAt(key, "found %d, expected 0 or more", n)
			case slices.Index(axis.list, n) < i:
				return s.ErrorAt(key, "found %d twice", n)
			}
		}
	}
	return nil
}

func (s *Study) checkProbe() error {
	p := s.Probe
	if kinds := probe.FamiliesFor(s.Target.Kind); !slices.Contains(kinds, p.Kind) {
		return s.ErrorAt("probe.kind", "found %q, expected %s", p.Kind, strings.Join(kinds, " or "))
	}
	if n := len(p.C); n == 0 || n > maxGrid {
		return s.ErrorAt("probe.C", "found %d values, expected 1 to %d", n, maxGrid)
	}
	for i, c := range p.C {
		if !positive(c) {
			return s.ErrorAt("probe.C", "found %v, expected finite numbers above 0", c)
		}
		if i > 0 && c == p.C[i-1] {
			return s.ErrorAt("probe.C", "found %v twice", c)
		}
	}
	if p.Folds == 1 {
		return s.ErrorAt("probe.folds", "found 1, expected at least 2: the groups of a fold are held out, and the probes are trained on those of the others")
	}
	for _, n := range []struct {
		key          string
		value, least int
	}{{"probe.folds", p.Folds, 2}, {"probe.inner_folds", p.InnerFolds, 2}, {"probe.repeats", p.Repeats, 1}} {
		switch {
		case n.value < n.least:
			return s.ErrorAt(n.key, "found %d, expected at least %d", n.value, n.least)
		case n.value > maxRepeats:
			return s.ErrorAt(n.key, "found %d, expected at most %d", n.value, maxRepeats)
		}
	}
	for i, how := range p.LayersJoined {
		key := fmt.Sprintf("probe.layers_joined[%d]", i)
		switch {
		case how != JoinedMean && how != JoinedStack:
			return s.ErrorAt(key, "found %q, expected %s or %s", how, JoinedMean, JoinedStack)
		case slices.Index(p.LayersJoined, how) < i:
			return s.ErrorAt(key, "found %q twice", how)
		}
	}
	for i, k := range p.SparsePath {
		if k < 1 || i > 0 && k <= p.SparsePath[i-1] {
			return s.ErrorAt(fmt.Sprintf("probe.sparse_path[%d]", i), "found %d, expected numbers of columns from 1 in ascending order", k)
		}
	}
	switch {
	case p.Coordinates < 0:
		return s.ErrorAt("probe.coordinates", "found %d, expected 1 or more", p.Coordinates)
	case p.Coordinates > 0 && p.Kind != "k-sparse":
		return s.ErrorAt("probe.coordinates", "found %d for probes of kind %s, expected it beside kind k-sparse; sparse_path sets probes on few columns beside any kind", p.Coordinates, p.Kind)
	}
	if !positive(p.Tol) {
		return s.ErrorAt("probe.tol", "found %v, expected a finite number above 0", p.Tol)
	}
	return nil
}

// How the probes of all layers and positions are joined: by the mean of their logits,
// or by a second probe on these.
const (
	JoinedMean  = "mean"
	JoinedStack = "stack"
)

// Upper bounds far above what is useful, so that a typing error
// does not run for a year.
const (
	maxRepeats = 1000
	maxDraws   = 1_000_000
	minDraws   = 100
)

func (s *Study) checkControls() error {
	c := s.Controls
	switch {
	case c.Permutations < 0 || c.Permutations > maxDraws:
		return s.ErrorAt("controls.permutations", "found %d, expected 0 to %d", c.Permutations, maxDraws)
	case !positive(c.PermutationC):
		return s.ErrorAt("controls.permutation_C", "found %v, expected a finite number above 0", c.PermutationC)
	case c.Bootstrap < minDraws || c.Bootstrap > maxDraws:
		return s.ErrorAt("controls.bootstrap", "found %d, expected %d to %d", c.Bootstrap, minDraws, maxDraws)
	case !(c.Level > 0 && c.Level < 1):
		return s.ErrorAt("controls.level", "found %v, expected a number between 0 and 1, such as 0.95", c.Level)
	case c.Interval != IntervalOfScores && c.Interval != IntervalOfProcedure:
		return s.ErrorAt("controls.interval", "found %q, expected %s or %s", c.Interval, IntervalOfScores, IntervalOfProcedure)
	}
	return nil
}

// What the intervals of the nested probe speak of.
const (
	IntervalOfScores    = "scores"
	IntervalOfProcedure = "procedure"
)

// ownBaselines are the rivals that every study has.
var ownBaselines = []string{"probe", "majority", "text", "embedding", "nuisance", "behaviour", "graded", "residualised"}

func (s *Study) checkBaselines() error {
	for name, d := range s.Dumps {
		if !dumpName.MatchString(name) {
			return s.ErrorAt("dumps", "found the name %q, expected letters, digits, - and _", name)
		}
		if len(d.Path) == 0 || slices.Contains(d.Path, "") {
			return s.ErrorAt("dumps."+name+".path", "missing, expected the file with the hidden states")
		}
		if d.Examples != "" && s.ID == "" {
			return s.ErrorAt("dumps."+name+".examples", "found examples, but the study names no id, expected the column by which rows of two dumps are found")
		}
		if d.Length != "" || d.Mask != "" || d.Position != "" && !literalPosition.MatchString(d.Position) {
			return s.ErrorAt("dumps."+name, "found a column of positions, expected position to be first, last, mean, a number or a range: dumps beside the study's own have no columns")
		}
	}
	for i, b := range s.Baselines {
		key := fmt.Sprintf("baselines[%d]", i)
		_, known := s.Dumps[b.Dump]
		switch {
		case b.Name == "":
			return s.ErrorAt(key+".name", "missing, expected a name for the rival")
		case slices.Contains(ownBaselines, b.Name):
			return s.ErrorAt(key+".name", "found %q, which names a rival that every study has; expected another name", b.Name)
		case slices.ContainsFunc(s.Baselines[:i], func(o Baseline) bool { return o.Name == b.Name }):
			return s.ErrorAt(key+".name", "found %q twice", b.Name)
		case (b.Score == "") == (b.Dump == ""):
			return s.ErrorAt(key, "found score %q and dump %q, expected one of them", b.Score, b.Dump)
		case s.Dumps[b.Dump].Examples != "":
			return s.ErrorAt(key+".dump", "found the dump %q, which has examples of its own, expected one of the same rows in the same order", b.Dump)
		case b.Dump != "" && !known:
			return s.ErrorAt(key+".dump", "found %q, expected one of dumps: %s", b.Dump, strings.Join(slices.Sorted(maps.Keys(s.Dumps)), ", "))
		}
	}
	return nil
}

// name calls the labels of a target, where the study does not.
func (t *Target) name() {
	if t.Names == (Names{}) {
		t.Names = defaultNames(t.Label)
	}
}

func (s *Study) checkTargets() error {
	for _, name := range slices.Sorted(maps.Keys(s.Targets)) {
		key := "targets." + name
		switch of := s.Targets[name]; {
		case name == "" || name == behaviourTarget || name == s.Target.Label:
			return s.ErrorAt(key, "found the name %q, expected one that neither the study's own target nor the behaviour has", name)
		case of.Label == "":
			return s.ErrorAt(key+".label", "missing, expected the column or expression that the probe predicts")
		case of.Kind != "" && of.Kind != target.KindBinary:
			return s.ErrorAt(key+".kind", "found %q, expected a binary target", of.Kind)
		case of.Names[0] == of.Names[1]:
			return s.ErrorAt(key+".names", "found %q for both labels, expected two names", of.Names[0])
		}
	}
	return nil
}

func (s *Study) checkSets() error {
	for _, name := range slices.Sorted(maps.Keys(s.Sets)) {
		set := s.Sets[name]
		_, known := s.Dumps[set.Dump]
		switch {
		case name == "":
			return s.ErrorAt("sets", "found a set without a name")
		case set.Rows == "" && set.Dump == "":
			return s.ErrorAt("sets."+name, "found no rows, expected an expression that is true on the rows of the set")
		case set.Dump != "" && !known:
			return s.ErrorAt("sets."+name+".dump", "found %q, expected one of dumps: %s", set.Dump, first(slices.Sorted(maps.Keys(s.Dumps))))
		}
	}
	return nil
}

var dumpName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

var literalPosition = regexp.MustCompile(`^(first|last|mean|-?[0-9]+|-?[0-9]+:(-?[0-9]+)?)$`)

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }

package run

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"tell/activations"
	"tell/compare"
	"tell/estimate"
	"tell/internal/safetensors"
	"tell/metric"
	"tell/probe"
	"tell/study"
	"tell/target"
)

// partSchema names the form of a part.
const partSchema = "tell/part/1"

// part is what one cell leaves.
type part struct {
	Cell
	Health activations.Health
	// curve is nil when a number is not finite.
	curve *probe.OutOfFold
	final *probe.Probe // on all rows
	null  *probe.Null
	// measured are the metrics of a site.
	measured []metric.Measured
	// resampled is the procedure under resampled training rows, nil where the
	// study does not ask for it.
	resampled *probe.Resampled
	// cosines are how the directions of two targets agree, nil where they
	// cannot be trained, or where the cell is about one target.
	cosines *compare.Cosines
	// beside are scores of the rows of other dumps, by their names, of a predictor
	// without hidden states.
	beside map[string][]float64
	// bits codes the labels by order and row, tasks are control tasks, lessons are of
	// fewer groups; nil where the study asks for none.
	bits    [][]float64
	tasks   *probe.Tasks
	lessons []probe.Lesson
	// states identifies the hidden state of every row, at one site of a run.
	states []uint64
}

// partFacts are what a part holds beside its arrays.
type partFacts struct {
	Cell         Cell               `json:"cell"`
	Health       activations.Health `json:"health"`
	Trained      bool               `json:"trained"`
	Fits         int                `json:"fits"`
	NotConverged int                `json:"not_converged"`
	Tested       bool               `json:"tested"`
	Observed     float64            `json:"observed"`
	NullKey      string             `json:"null_key,omitempty"`
	Measured     []metric.Measured  `json:"measured,omitempty"`
	Repeats      int                `json:"repeats"`
	Levels       []string           `json:"levels,omitempty"`
	// Kind is that of the probes, Width the number of scores of a row.
	Kind      target.Kind `json:"target_kind,omitempty"`
	Width     int         `json:"width,omitempty"`
	Status    []string    `json:"status,omitempty"` // of the probes, the one on all rows last
	FinalC    float64     `json:"final_C,omitempty"`
	Resampled []string    `json:"resampled,omitempty"` // keys of metrics
	// Beside are the dumps whose rows are scored too, "" for the study's own.
	Beside  []string      `json:"beside,omitempty"`
	Orders  int           `json:"orders,omitempty"` // of a description
	Lessons []lessonFacts `json:"lessons,omitempty"`
	// Pairs, Halvings and Blocks are of the cosines of two targets.
	Pairs    int `json:"pairs,omitempty"`
	Halvings int `json:"halvings,omitempty"`
	Blocks   int `json:"blocks,omitempty"`
}

// The keys of a part's metadata.
const (
	keyFormat       = "format"
	keyPlan         = "plan"
	keyInputs       = "inputs"
	keyTell         = "tell"
	keyInstructions = "instructions"
	keyFacts        = "facts"
)

// encodePart writes a part as a sealed safetensors file.
func encodePart(w io.Writer, p *part, from origin) error {
	facts := partFacts{Cell: p.Cell, Health: p.Health, Measured: p.measured}
	var tensors []safetensors.Tensor
	add := func(name string, shape []int, x []float64) {
		tensors = append(tensors, safetensors.Float64(name, shape, x))
	}
	if o := p.curve; o != nil {
		facts.Trained, facts.Fits, facts.NotConverged, facts.Repeats, facts.Width = true, o.Fits, o.NotConverged, len(o.Score), o.Width
		add("loss", []int{len(o.Loss)}, o.Loss)
		add("C", []int{len(o.C)}, o.C)
		add("grid", []int{len(o.Grid)}, o.Grid)
		add("test_loss", []int{len(o.TestLoss)}, o.TestLoss)
		add("score", []int{len(o.Score), len(o.Score[0])}, flat(o.Score))
		add("inner", []int{len(o.Inner), len(o.Inner[0])}, flat(o.Inner))
	}
	if probes := p.probes(); len(probes) > 0 {
		var weight, mean, scale, bias, cuts [][]float64
		for _, k := range probes {
			weight, mean, scale = append(weight, k.Weights), append(mean, k.Mean), append(scale, k.Scale)
			of := k.Intercepts
			if of == nil {
				of = []float64{k.Intercept}
			}
			bias, cuts = append(bias, of), append(cuts, k.Cuts)
			facts.Status = append(facts.Status, k.Status)
		}
		facts.Levels, facts.Kind = probes[0].Levels, probes[0].Kind
		if p.final != nil {
			facts.FinalC = p.final.C
		}
		shape := []int{len(probes), len(probes[0].Weights)}
		add("weight", shape, flat(weight))
		add("bias", []int{len(probes), len(bias[0])}, flat(bias))
		add("mean", []int{len(probes), len(mean[0])}, flat(mean))
		add("scale", []int{len(probes), len(scale[0])}, flat(scale))
		if len(cuts[0]) > 0 {
			add("cuts", []int{len(probes), len(cuts[0])}, flat(cuts))
		}
	}
	if p.null != nil {
		facts.Tested, facts.Observed, facts.NullKey = true, p.null.Observed, p.null.Key
		add("null", []int{len(p.null.Draws)}, p.null.Draws)
	}
	if p.resampled != nil {
		var observed []float64
		var held, anew [][]float64
		for _, m := range p.resampled.Measured {
			facts.Resampled = append(facts.Resampled, m.Key)
			observed = append(observed, m.Observed)
			held, anew = append(held, m.Held), append(anew, m.Anew)
		}
		shape := []int{len(held), len(held[0])}
		add("resampled_observed", shape[:1], observed)
		add("resampled_held", shape, flat(held))
		add("resampled_anew", shape, flat(anew))
	}
	if facts.Orders = len(p.bits); p.bits != nil {
		add("bits", []int{facts.Orders, len(p.bits[0])}, flat(p.bits))
	}
	if p.tasks != nil {
		add("tasks", []int{len(p.tasks.Right)}, p.tasks.Right)
		add("by_task", []int{len(p.tasks.ByTask), len(p.tasks.ByTask[0])}, flat(p.tasks.ByTask))
	}
	facts.Lessons = addLessons(p.lessons, add)
	if c := p.cosines; c != nil {
		facts.Pairs, facts.Halvings, facts.Blocks = c.Plain.Pairs, c.Plain.Halvings, len(c.Plain.LeftOut)
		add("cosines", []int{2, 1 + 3*(1+facts.Blocks)}, append(flatAgreements(c.Plain), flatAgreements(*c.Mahalanobis)...))
	}
	for _, dump := range slices.Sorted(maps.Keys(p.beside)) {
		facts.Beside = append(facts.Beside, dump)
		add("beside_"+dump, []int{len(p.beside[dump])}, p.beside[dump])
	}
	if p.states != nil {
		tensors = append(tensors, safetensors.Uint64("states", []int{len(p.states)}, p.states))
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	metadata, err := from.metadata()
	if err != nil {
		return err
	}
	metadata[keyFacts] = string(text)
	return safetensors.Write(w, tensors, safetensors.Seal(tensors, metadata))
}

// probes are those of the outer folds, then, at a site of the study itself, the
// one on all rows; none where the cell keeps no probe.
func (p *part) probes() []*probe.Probe {
	if p.curve == nil {
		return nil
	}
	probes := slices.Clone(p.curve.Probes)
	if p.final != nil {
		probes = append(probes, p.final)
	}
	return probes
}

// decodePart reads the part of a cell. One that is damaged, or was made for
// another cell or has another origin, is an error.
func decodePart(data []byte, c Cell, from origin) (*part, error) {
	tensors, metadata, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	if err := from.check(metadata); err != nil {
		return nil, err
	}
	var facts partFacts
	if err := json.Unmarshal([]byte(metadata[keyFacts]), &facts); err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	if facts.Cell != c {
		return nil, fmt.Errorf("found the part of %s, expected that of %s", facts.Cell, c)
	}
	arrays := &arrays{of: map[string]safetensors.Tensor{}}
	for _, t := range tensors {
		arrays.of[t.Name] = t
	}
	p := &part{Cell: c, Health: facts.Health, measured: facts.Measured}
	if facts.Trained {
		p.curve = &probe.OutOfFold{
			Loss: arrays.floats("loss"), C: arrays.floats("C"), Grid: arrays.floats("grid"), TestLoss: arrays.floats("test_loss"),
			Score: arrays.rows("score", facts.Repeats), Width: facts.Width, Fits: facts.Fits, NotConverged: facts.NotConverged,
		}
	}
	if p.curve != nil {
		p.curve.Inner = arrays.rows("inner", len(p.curve.Loss))
	}
	if n := len(facts.Status); n > 0 {
		weight, bias, mean, scale := arrays.rows("weight", n), arrays.rows("bias", n), arrays.rows("mean", n), arrays.rows("scale", n)
		cuts := make([][]float64, n)
		if _, has := arrays.of["cuts"]; has {
			cuts = arrays.rows("cuts", n)
		}
		units := n
		if c.isSite() {
			units-- // the last is the one on all rows
		}
		if arrays.err == nil && (len(bias) != n || p.curve == nil || len(p.curve.C) != units) {
			return nil, fmt.Errorf("found %d biases for %d probes, expected one for each outer fold and, at a site of the study itself, one on all rows", len(bias), n)
		}
		for i := range n {
			if arrays.err != nil {
				break
			}
			k := &probe.Probe{
				Kind: facts.Kind, Family: c.Family, Weights: weight[i], Cuts: cuts[i], Mean: mean[i], Scale: scale[i],
				Levels: facts.Levels, Status: facts.Status[i], Site: &probe.Site{Layer: c.Layer, Position: c.Position},
			}
			if k.Intercept = bias[i][0]; len(bias[i]) > 1 {
				k.Intercept, k.Intercepts = 0, bias[i]
			}
			if i < units {
				k.C = p.curve.C[i]
				p.curve.Probes = append(p.curve.Probes, k)
				continue
			}
			k.C, p.final = facts.FinalC, k
		}
	}
	if n := len(facts.Resampled); n > 0 {
		arrays.nan = true
		observed, held, anew := arrays.floats("resampled_observed"), arrays.rows("resampled_held", n), arrays.rows("resampled_anew", n)
		arrays.nan = false
		if arrays.err == nil && (len(observed) != n || len(held[0]) != len(anew[0])) {
			return nil, fmt.Errorf("resampled: found %d values, expected %d", len(observed), n)
		}
		p.resampled = &probe.Resampled{}
		for k := range n {
			if arrays.err != nil {
				break
			}
			p.resampled.Measured = append(p.resampled.Measured, probe.ResampledMetric{Key: facts.Resampled[k],
				Retrained: estimate.Retrained{Value: observed[k], Observed: observed[k], Held: held[k], Anew: anew[k]}})
		}
	}
	if facts.Orders > 0 {
		p.bits = arrays.rows("bits", facts.Orders)
	}
	if _, has := arrays.of["tasks"]; has {
		arrays.nan = true
		p.tasks = &probe.Tasks{Right: arrays.floats("tasks")}
		arrays.nan = false
		if shape := arrays.of["by_task"].Shape; len(shape) == 2 {
			p.tasks.ByTask = arrays.rows("by_task", shape[0])
		}
	}
	p.lessons = arrays.lessons(facts.Lessons)
	if facts.Halvings > 0 {
		arrays.nan = true
		cosines := arrays.rows("cosines", 2)
		arrays.nan = false
		if arrays.err == nil {
			if len(cosines[0]) != 1+3*(1+facts.Blocks) {
				return nil, fmt.Errorf("cosines: found %d numbers, expected %d", len(cosines[0]), 1+3*(1+facts.Blocks))
			}
			in := agreements(cosines[1], facts)
			p.cosines = &compare.Cosines{Plain: agreements(cosines[0], facts), Mahalanobis: &in}
		}
	}
	for _, dump := range facts.Beside {
		if p.beside == nil {
			p.beside = map[string][]float64{}
		}
		p.beside[dump] = arrays.floats("beside_" + dump)
	}
	if facts.Tested {
		p.null = &probe.Null{Key: facts.NullKey, Observed: facts.Observed, Draws: arrays.floats("null")}
	}
	if t, ok := arrays.of["states"]; ok && arrays.err == nil {
		p.states, arrays.err = t.Uint64s()
	}
	return p, arrays.err
}

// flatAgreements lays cosines out as numbers, which agreements reads back.
func flatAgreements(a compare.Agreements) []float64 {
	x := []float64{a.Same}
	for _, of := range append([]compare.Agreement{a.Whole}, a.LeftOut...) {
		x = append(x, of.Between, of.Within[0], of.Within[1])
	}
	return x
}

func agreements(x []float64, facts partFacts) compare.Agreements {
	a := compare.Agreements{Same: x[0], Pairs: facts.Pairs, Halvings: facts.Halvings}
	for k := range 1 + facts.Blocks {
		y := x[1+3*k:]
		of := compare.Agreement{Between: y[0], Within: [2]float64{y[1], y[2]}}
		if k == 0 {
			a.Whole = of
			continue
		}
		a.LeftOut = append(a.LeftOut, of)
	}
	return a
}

// fits reports what is missing, or arrays whose lengths are not those of a plan.
func (p *part) fits(plan *plan) error {
	from := plan.source(p.Dump)
	units, rows := len(plan.folds.Units), len(from.cases.Rows)
	if some := plan.rowsOf(p.Cell); some != nil {
		rows = len(some)
	}
	atSite, onStates := p.isSite(), p.Control == ""
	sites := plan.sites()
	for _, what := range []struct {
		name      string
		has, want bool
	}{
		{"scores", p.curve != nil, p.Beside == "" && (!onStates || p.Health.Finite())},
		{"a probe", p.final != nil, atSite && p.Health.Finite()},
		{"metrics", p.measured != nil, atSite && p.tellsNothing() == ""},
		{"a test against permuted labels", p.null != nil, atSite && p.tellsNothing() == "" && plan.Controls.Permutations > 0},
		{"a resampled procedure", p.resampled != nil, atSite && p.tellsNothing() == "" && plan.Controls.Interval == study.IntervalOfProcedure},
		{"fingerprints of the states", p.states != nil, p.Cell == sites[len(sites)-1]},
	} {
		if what.has != what.want {
			return fmt.Errorf("%s: found %v, expected %v", what.name, what.has, what.want)
		}
	}
	type length struct {
		name      string
		has, want int
	}
	var lengths []length
	if o := p.curve; o != nil {
		lengths = append(lengths,
			length{"loss", len(o.Loss), units}, length{"C", len(o.C), units},
			length{"grid", len(o.Grid), len(plan.Probe.C)}, length{"test_loss", len(o.TestLoss), len(plan.Probe.C)},
			length{"score", len(o.Score), plan.folds.Repeats()})
		y, _ := plan.taskOf(p.Cell)
		width := metric.Width(y)
		lengths = append(lengths, length{"width", o.Width, width})
		for _, s := range o.Score {
			lengths = append(lengths, length{"score", len(s), rows * width})
		}
		for _, s := range o.Inner {
			lengths = append(lengths, length{"inner", len(s), rows * width})
		}
	}
	if p.measured != nil {
		lengths = append(lengths, length{"metrics", len(p.measured), len(metric.For(plan.cases.Target.Kind))})
	}
	if !onStates && p.Train != "" {
		for _, dump := range plan.dumpsBeside(p.Cell) {
			lengths = append(lengths, length{"scores of the dump " + dump, len(p.beside[dump]), len(plan.source(dump).cases.Rows)})
		}
	}
	if p.null != nil {
		lengths = append(lengths, length{"null", len(p.null.Draws), plan.Controls.Permutations})
	}
	if p.states != nil {
		lengths = append(lengths, length{"states", len(p.states), rows})
	}
	if probes := p.probes(); onStates && p.curve != nil && !p.Residual {
		lengths = append(lengths, length{"probes", len(p.curve.Probes), units})
		for _, k := range probes {
			lengths = append(lengths, length{"weight", len(k.Weights), from.dump.Shape().Width * max(1, len(k.Intercepts))},
				length{"mean", len(k.Mean), from.dump.Shape().Width})
		}
	}
	for _, l := range lengths {
		if l.has != l.want {
			return fmt.Errorf("%s: found %d, expected %d", l.name, l.has, l.want)
		}
	}
	return p.controlsFit(plan, rows, metric.Width(plan.cases.Target))
}

// arrays gives the arrays of a part and keeps the first error.
type arrays struct {
	of  map[string]safetensors.Tensor
	nan bool // NaN is a number that there is not
	err error
}

func (a *arrays) floats(name string) []float64 {
	t, ok := a.of[name]
	if !ok && a.err == nil {
		a.err = fmt.Errorf("found no array %s, expected one", name)
	}
	if a.err != nil {
		return nil
	}
	x, err := t.Float64s()
	a.err = err
	for i, v := range x {
		if math.IsNaN(v) && a.err == nil && !a.nan {
			a.err = fmt.Errorf("%s[%d]: found NaN, expected a number", name, i)
		}
	}
	return x
}

// rows gives an array of n rows.
func (a *arrays) rows(name string, n int) [][]float64 {
	x := a.floats(name)
	if a.err != nil {
		return nil
	}
	if n < 1 || n > len(x) || len(x)%n != 0 {
		a.err = fmt.Errorf("%s: found %d numbers, expected %d rows of them", name, len(x), n)
		return nil
	}
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = x[i*len(x)/n : (i+1)*len(x)/n]
	}
	return rows
}

func flat(rows [][]float64) []float64 {
	var x []float64
	for _, r := range rows {
		x = append(x, r...)
	}
	return x
}

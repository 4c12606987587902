package study

import (
	"tell/estimate"
	"tell/gap"
	"tell/probe"
)

// Schema names the form of results.json.
const Schema = "tell/results/1"

// Result is everything that a run found. It holds no clock and no path
// outside the study: the same study and seed give the same bytes wherever the
// platform, the instruction set and the version of Go are the same, which
// Provenance records.
type Result struct {
	Schema   string    `json:"schema"`
	Name     string    `json:"name"`
	Warnings []Warning `json:"warnings"`

	Data     Data     `json:"data"`
	Protocol Protocol `json:"protocol"`

	// Sites is the layer-wise curve: every layer and position, its C chosen
	// inside the training folds. It is a curve, never a choice of layer.
	Sites []Site `json:"sites"`
	// Nested is the probe whose layer, position and C are chosen inside the
	// training folds. Every claim about the probe rests on it.
	Nested    Nested     `json:"nested"`
	Baselines []Baseline `json:"baselines"`
	// Gap is nil when the study maps no behaviour.
	Gap *gap.Result `json:"gap,omitempty"`

	Provenance Provenance `json:"provenance"`
}

// Warning is what a person must be told without stopping the analysis.
type Warning struct {
	// Code is stable and short, such as "duplicate-rows".
	Code string `json:"code"`
	// Message says what was found, where and how often.
	Message string `json:"message"`
	// Advice says what to do about it.
	Advice string `json:"advice"`
}

// Data sums up the rows that were used.
type Data struct {
	Format    string `json:"format"`
	DType     string `json:"dtype"`
	Rows      int    `json:"rows"`
	Layers    int    `json:"layers"`
	Positions int    `json:"positions"`
	Width     int    `json:"width"`

	Used   int    `json:"used_rows"`
	Filter string `json:"filter,omitempty"`
	Groups int    `json:"groups"`
	// Group is the column of the groups. Where the study names none, every row
	// is a group of its own.
	Group string `json:"group,omitempty"`

	Target     string    `json:"target"`
	LabelNames [2]string `json:"label_names"`
	Labels     [2]int    `json:"labels"`

	// Behaviour counts the rows that acted as if the label were 0, as if it
	// were 1, and neither. It is nil when the study maps no behaviour.
	Behaviour  []Count `json:"behaviour,omitempty"`
	Conditions []Count `json:"conditions,omitempty"`
	ActsAs     *ActsAs `json:"acts_as,omitempty"`
}

// Probed counts the layers and the positions that were probed.
func (r *Result) Probed() (layers, positions int) {
	l, p := map[int]bool{}, map[int]bool{}
	for _, s := range r.Sites {
		l[s.Layer], p[s.Position] = true, true
	}
	return len(l), len(p)
}

// Independent reports whether rows are taken to be independent, for want of a
// group.
func (d Data) Independent() bool { return d.Group == "" && d.Groups == d.Used }

// ActsAs repeats the decision map of the study file.
type ActsAs struct {
	Zero string `json:"0"`
	One  string `json:"1"`
}

// Count is how many rows carry a name.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Protocol says how the probes were trained, chosen and tested.
type Protocol struct {
	Probe        string    `json:"probe"`
	C            []float64 `json:"C"`
	Folds        int       `json:"folds"`
	InnerFolds   int       `json:"inner_folds"`
	Repeats      int       `json:"repeats"`
	Select       string    `json:"select"`
	Permutations int       `json:"permutations"`
	PermutationC float64   `json:"permutation_C"`
	Bootstrap    int       `json:"bootstrap"`
	Level        float64   `json:"level"`
	Seed         uint64    `json:"seed"`
	Tol          float64   `json:"tol"`
}

// Metric is one named estimate.
type Metric struct {
	Name     string            `json:"name"`
	Estimate estimate.Estimate `json:"estimate"`
}

// MetricNamed finds a metric by its name, such as "auroc". One that is not there
// is not estimable.
func MetricNamed(name string, metrics []Metric) estimate.Estimate {
	for _, m := range metrics {
		if m.Name == name {
			return m.Estimate
		}
	}
	return estimate.NotEstimable(0, 0, "the results hold no "+name)
}

// Site is one layer at one position.
type Site struct {
	Layer    int    `json:"layer"`
	Position int    `json:"position"`
	Name     string `json:"name,omitempty"`

	Metrics []Metric `json:"metrics"`

	// Permuted AUROC at the protocol's permutation C: the observed value, the
	// mean and the 95% quantile of the shuffled labels, the p-value of this
	// layer alone and the one corrected over all sites by the maximum.
	Permutation *Permutation `json:"permutation,omitempty"`

	// Chosen C of every outer fold, in the order of repeats and folds.
	C []float64 `json:"C"`
	// NotConverged counts the fits that stopped before the tolerance.
	NotConverged int `json:"not_converged"`
}

// Permutation is the test of one site against shuffled labels.
type Permutation struct {
	AUROC    float64 `json:"auroc"`
	NullMean float64 `json:"null_mean"`
	NullHigh float64 `json:"null_high"`
	P        float64 `json:"p"`
	PMax     float64 `json:"p_max"`
}

// Nested is the out-of-fold probe with everything chosen inside.
type Nested struct {
	Metrics     []Metric               `json:"metrics"`
	Choices     []Choice               `json:"choices"`
	Calibration []probe.CalibrationBin `json:"calibration"`
}

// Choice is what one outer fold chose from its training rows alone.
type Choice struct {
	Repeat   int     `json:"repeat"`
	Fold     int     `json:"fold"`
	Layer    int     `json:"layer"`
	Position int     `json:"position"`
	C        float64 `json:"C"`
}

// Baseline is a predictor that needs no hidden state, on the same folds.
type Baseline struct {
	// Name is "majority", "text", "embedding", "nuisance" or "behaviour".
	Name    string   `json:"name"`
	Note    string   `json:"note"`
	Metrics []Metric `json:"metrics"`
	// Difference is probe minus baseline on the same rows and draws.
	Difference []Metric `json:"difference"`
}

// Score is one row of scores.csv.
type Score struct {
	ID        string
	Row       int    // row of the dump
	Split     string // outer fold of every repeat, joined by ";"
	Layer     string // layer chosen in every repeat, joined by ";"
	Position  string // position chosen in every repeat, joined by ";"
	Score     float64
	Predicted int
	Label     int
	Behaviour int // 0, 1 or gap.Neither
	// TextScore and CalibratedScore are the out-of-fold P(label = 1) of the
	// text-only and behaviour-only baselines; NaN where there is none.
	TextScore       float64
	CalibratedScore float64
	Group           string
	Condition       string
	Strata          []Stratum
	Text            string
	Said            string
}

// Stratum is a declared stratum's value on one row.
type Stratum struct {
	Name, Value string
}

// Provenance says what made the numbers.
type Provenance struct {
	Tell string `json:"tell"`
	Go   string `json:"go"`
	// Platform is the operating system and the architecture, "linux/amd64".
	Platform string `json:"platform"`
	// Instructions are those that matrix products ran on, such as "AVX-512".
	// Another set adds in another order, and last digits may differ.
	Instructions string `json:"instructions"`

	Study       File         `json:"study"`
	Files       []File       `json:"files"`
	Seed        uint64       `json:"seed"`
	Definitions []Definition `json:"definitions"`
}

// File is one input, by the path that the study gives.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Definition explains one term that the report uses.
type Definition struct {
	Term string `json:"term"`
	Text string `json:"text"`
}

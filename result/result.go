// Package result holds what a run found: one table of estimates, the scores of
// the rows, and what is needed to read them. It writes both to files and reads
// them back; it knows neither how a number was made nor how it is shown.
package result

import (
	"slices"

	"tell/target"
)

// Schema names the form of results.json.
const Schema = "tell/results/2"

// Result is everything that a run found. It holds no clock and, but for the
// command, no path outside the study: the same study and seed give the same bytes wherever the
// platform, the instruction set and the version of Go are the same, which
// Provenance records.
type Result struct {
	Schema   string    `json:"schema"`
	Name     string    `json:"name"`
	Warnings []Warning `json:"warnings"`

	Data     Data     `json:"data"`
	Reading  Reading  `json:"reading"`
	Protocol Protocol `json:"protocol"`

	// Sites are the layers and positions that were probed, Predictors what was
	// set against the probe.
	Sites      []Site      `json:"sites"`
	Predictors []Predictor `json:"predictors"`
	// Choices are what each outer fold chose from its training rows alone.
	Choices []Choice `json:"choices"`

	// Traces are rows whose score is followed along their positions.
	Traces []Trace `json:"traces,omitempty"`

	// Table holds every estimate.
	Table Table `json:"table"`

	Definitions []Definition `json:"definitions"`
	Provenance  Provenance   `json:"provenance"`
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

// String is the message and the advice.
func (w Warning) String() string {
	if w.Advice == "" {
		return w.Message
	}
	return w.Message + " " + w.Advice
}

// Data sums up the rows that were used.
type Data struct {
	Format    string `json:"format"`
	DType     string `json:"dtype"`
	Rows      int    `json:"rows"`
	Layers    int    `json:"layers"`
	Positions int    `json:"positions"`
	Width     int    `json:"width"`
	// Model is the name of the model, where the dump knows it.
	Model string `json:"model,omitempty"`

	Used   int    `json:"used_rows"`
	Filter string `json:"filter,omitempty"`
	Groups int    `json:"groups"`
	// Group is the column of the groups. Where the study names none, every
	// row is its own group.
	Group string `json:"group,omitempty"`

	Target     string      `json:"target"`
	Kind       target.Kind `json:"kind"`
	LabelNames []string    `json:"label_names"`
	Labels     []int       `json:"labels"` // rows of each

	// Behaviour counts the rows that acted as if the label were 0, as if it
	// were 1, or as each level, and neither. It is nil when the study maps no behaviour.
	Behaviour  []Count `json:"behaviour,omitempty"`
	Conditions []Count `json:"conditions,omitempty"`
	ActsAs     *ActsAs `json:"acts_as,omitempty"`
	// ActedAs repeats what the study file says of the level acted as, of a target
	// of several levels.
	ActedAs string `json:"acted_as,omitempty"`
	// Effort and Censored repeat what the study file says of what was spent, and of where
	// that was cut off; empty where it does not.
	Effort   string `json:"effort,omitempty"`
	Censored string `json:"censored,omitempty"`
	// Right repeats what the study file says of where the model was right, beside an
	// effort; empty where it does not.
	Right string `json:"right,omitempty"`
}

// Independent reports whether rows are treated as independent because the study
// names no group.
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

// Reading says which of the stored numbers were read.
type Reading struct {
	// Position is what the study asks for: "last", "mean", "-4:" or a column;
	// empty where all stored positions were kept.
	Position string `json:"position,omitempty"`
	// Words says the same in words, such as "the last position of the row".
	Words string `json:"words,omitempty"`
	// Length and Mask name what says which positions of a row count.
	Length string `json:"length,omitempty"`
	Mask   string `json:"mask,omitempty"`
	// Positions names those that were kept, Layers those of the dump.
	Positions []string `json:"positions"`
	Layers    []string `json:"layers"`
	// LayerNumbers are the numbers of the layers of the dump, by which everything
	// else names them. Nil where they are counted from 0.
	LayerNumbers []int `json:"layer_numbers,omitempty"`
	// Embeddings is the layer that is known to be the embedding output, nil
	// where neither the dump nor the study says so.
	Embeddings *int `json:"embeddings,omitempty"`
}

// LayerName is what the dump calls the layer with the given number, empty where
// nothing says it.
func (r Reading) LayerName(layer int) string {
	if r.LayerNumbers != nil {
		layer = slices.Index(r.LayerNumbers, layer)
	}
	if layer < 0 || layer >= len(r.Layers) {
		return ""
	}
	return r.Layers[layer]
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
	// Weight and ClassWeight repeat what the study file says of how much a row counts in
	// training; empty where rows count alike.
	Weight      string `json:"weight,omitempty"`
	ClassWeight string `json:"class_weight,omitempty"`
	// Selectivity is the column whose values get labels at random in control tasks.
	Selectivity string  `json:"selectivity,omitempty"`
	Bootstrap   int     `json:"bootstrap"`
	Level       float64 `json:"level"`
	Seed        uint64  `json:"seed"`
	Tol         float64 `json:"tol"`
}

// Site is one layer at one position.
type Site struct {
	Layer        int    `json:"layer"`
	Position     int    `json:"position"`
	Name         string `json:"name,omitempty"` // of the layer
	PositionName string `json:"position_name,omitempty"`
	// C of every outer fold, in the order of repeats and folds.
	C []float64 `json:"C"`
	// NotConverged counts the fits that stopped before the tolerance.
	NotConverged int `json:"not_converged"`
}

// Predictor is what can be set against the probe.
type Predictor struct {
	// Name is "majority", "text", "embedding", "nuisance" or "behaviour".
	Name string `json:"name"`
	Note string `json:"note"`
}

// Choice is what one outer fold chose from its training rows alone.
type Choice struct {
	Repeat   int     `json:"repeat"`
	Fold     int     `json:"fold"`
	Layer    int     `json:"layer"`
	Position int     `json:"position"`
	C        float64 `json:"C"`
}

// Probed counts the layers and the positions that were probed.
func (r *Result) Probed() (layers, positions int) {
	l, p := map[int]bool{}, map[int]bool{}
	for _, s := range r.Sites {
		l[s.Layer], p[s.Position] = true, true
	}
	return len(l), len(p)
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
	// Command makes these results again where it was typed.
	Command string `json:"command"`

	Study Input `json:"study"`
	// Text is the study file itself.
	Text  string  `json:"study_text"`
	Files []Input `json:"files"`
	// Plan identifies what was computed: study, inputs, folds and version.
	Plan string `json:"plan"`
	Seed uint64 `json:"seed"`
}

// Input is one file that was read, by the path that the study gives.
type Input struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
	// ETag is what a store tells the states of an object apart by. An object has it
	// instead of a hash.
	ETag string `json:"etag,omitempty"`
}

// Identity is the hash of the file, or what stands in its place.
func (i Input) Identity() string {
	if i.ETag != "" {
		return "ETag " + i.ETag
	}
	return i.SHA256
}

// Definition explains one key or term.
type Definition struct {
	// Key is what the table calls it, where it stands there.
	Key  string `json:"key,omitempty"`
	Term string `json:"term"`
	Text string `json:"text"`
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tell/internal/atomicfile"
	"tell/probe/exchange"
	"tell/result"
	"tell/run"
	"tell/study"
)

// exportVerb is "tell export".
type exportVerb struct {
	Dir      string `arg:"" name:"dir" help:"A directory that tell run has written."`
	Output   string `short:"o" required:"" placeholder:"FILE" help:"The file to write; its extension gives the form: .npz, .safetensors or .gguf."`
	Layer    []int  `placeholder:"LAYER" xor:"which" help:"Layers, as the report numbers them. Default: all."`
	Nested   bool   `xor:"which" help:"The layer and position that most outer folds chose."`
	Position []int  `placeholder:"POSITION" help:"Positions, as the report numbers them; write negative values after =. Default: all."`
	Kind     string `placeholder:"KIND" help:"Only this kind: that of the study, such as logistic, mass-mean or covariance-corrected-mean. Default: all; mass-mean in a .gguf, which holds one kind."`
	Random   int    `placeholder:"K" help:"Write the random direction K, 1 to 10, of every probe in its place: a control of equal norm, for a .gguf."`
	Study    string `placeholder:"STUDY.yaml" help:"The study file. Default: the one that the directory was made of."`
	JSON     bool   `help:"Print JSON."`
	progressFlags
}

// Help implements kong.HelpProvider.
func (exportVerb) Help() string {
	return `Writes the probes that were trained on all rows, for scikit-learn (npz), PyTorch (safetensors), repeng and llama.cpp (gguf). They are not the probes that were scored. docs/probes.md has the arrays and a loader.

The study's dump and examples are read again, and must be as they were.

    tell export study-report --nested -o probes.npz
    tell export study-report --layer 12 -o probes.safetensors
    tell export study-report --kind mass-mean -o vector.gguf`
}

// Run implements verb.
func (v *exportVerb) Run(ctx context.Context, c *console) error {
	if err := exchange.CheckName(v.Output); err != nil {
		return err
	}
	gguf := strings.EqualFold(filepath.Ext(v.Output), ".gguf")
	switch {
	case v.Random < 0 || v.Random > exchange.Controls:
		return fmt.Errorf("--random: found %d, expected 1 to %d", v.Random, exchange.Controls)
	case v.Random > 0 && !gguf:
		return fmt.Errorf("--random: found %s, expected a .gguf file; the other forms hold all random directions", v.Output)
	case gguf && v.Kind == "":
		v.Kind = exchange.MassMean
	}
	d, err := openReport(v.Dir)
	if err != nil {
		return err
	}
	defer d.close()
	r, err := readResults(v.Dir)
	if err != nil {
		return err
	}
	s, err := v.study(r)
	if err != nil {
		return err
	}
	want, err := v.sites(r)
	if err != nil {
		return err
	}
	p := v.progress(c)
	defer p.end()
	set, err := run.Exported(ctx, s, run.Options{Parts: filepath.Join(v.Dir, partsFolder), Progress: p.follow}, r, want)
	if err != nil {
		return err
	}
	if err := v.pick(set); err != nil {
		return err
	}
	err = atomicfile.Write(v.Output, func(w io.Writer) error {
		if err := set.Write(w, v.Output); err != nil {
			return fmt.Errorf("%s: %w", v.Output, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.end()
	done := exported{File: v.Output, Probes: set.Probes, LeftOut: set.LeftOut}
	return c.answer(v.JSON, done, done.text)
}

// study loads the study that the report was made of.
func (v *exportVerb) study(r *result.Result) (*study.Study, error) {
	path := v.Study
	if path == "" {
		text, err := os.ReadFile(filepath.Join(v.Dir, studyFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if path = strings.TrimSuffix(string(text), "\n"); path != "" && !filepath.IsAbs(path) {
			path = filepath.Join(v.Dir, path)
		}
	}
	const hint = "name the study file with --study"
	if path == "" {
		return nil, &hintedError{fmt.Errorf("%s: found no %s, which says where the study file is", v.Dir, studyFile), hint}
	}
	s, err := study.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &hintedError{err, hint}
	}
	if err != nil {
		return nil, err
	}
	if string(s.Source) != r.Provenance.Text {
		return nil, &hintedError{
			fmt.Errorf("%s: found another study than the one that %s was made of", path, v.Dir),
			"run it again, or name the study file as it was with --study; results.json has its text under provenance, study_text",
		}
	}
	return s, nil
}

// sites says which sites are wanted.
func (v *exportVerb) sites(r *result.Result) (func(layer, position int) bool, error) {
	layers, positions := map[int]bool{}, map[int]bool{}
	for _, s := range r.Sites {
		layers[s.Layer], positions[s.Position] = true, true
	}
	for _, f := range []struct {
		flag string
		want []int
		has  map[int]bool
	}{{"layer", v.Layer, layers}, {"position", v.Position, positions}} {
		for _, k := range f.want {
			if !f.has[k] {
				return nil, fmt.Errorf("--%s: found %d, expected one that the report has probed: %v", f.flag, k, sorted(f.has))
			}
		}
	}
	if v.Nested {
		best, err := mostChosen(r)
		return func(layer, position int) bool { return layer == best.Layer && position == best.Position }, err
	}
	return func(layer, position int) bool {
		return (v.Layer == nil || slices.Contains(v.Layer, layer)) && (v.Position == nil || slices.Contains(v.Position, position))
	}, nil
}

// mostChosen is the site that most outer folds chose, the first of the report among
// equals.
func mostChosen(r *result.Result) (best result.Site, err error) {
	most := 0
	for _, s := range r.Sites {
		n := 0
		for _, c := range r.Choices {
			if c.Layer == s.Layer && c.Position == s.Position {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	if most == 0 {
		return best, fmt.Errorf("--nested: found no choice of the outer folds in the report, expected one; use --layer")
	}
	return best, nil
}

func sorted(of map[int]bool) []int {
	var list []int
	for k := range of {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// pick leaves the kind that is wanted, and puts a random direction in the place of
// every probe's where that is wanted.
func (v *exportVerb) pick(set *exchange.Set) error {
	var kinds []string
	for _, p := range set.Probes {
		if !slices.Contains(kinds, p.Kind) {
			kinds = append(kinds, p.Kind)
		}
	}
	if v.Kind != "" {
		set.Probes = slices.DeleteFunc(set.Probes, func(p exchange.Probe) bool { return p.Kind != v.Kind })
	}
	switch {
	case len(set.Probes) > 0:
	case len(kinds) > 0:
		return fmt.Errorf("--kind: found %q, expected one of %q", v.Kind, kinds)
	default:
		return fmt.Errorf("%s: found no probe to export: %s", v.Dir, strings.Join(set.LeftOut, "; "))
	}
	if v.Random > 0 {
		for i := range set.Probes {
			p := &set.Probes[i]
			p.Direction, p.Kind = p.Random[v.Random-1], fmt.Sprintf("random direction %d beside %s", v.Random, p.Kind)
		}
	}
	return nil
}

// exported says what was written.
type exported struct {
	File    string           `json:"file"`
	Probes  []exchange.Probe `json:"probes"`
	LeftOut []string         `json:"left_out,omitempty"`
}

func (e exported) text() string {
	rows := [][]string{{"kind", "layer", "layer name", "position", "hook point", "natural scale"}}
	for _, p := range e.Probes {
		rows = append(rows, []string{p.Kind, strconv.Itoa(p.Layer), p.LayerName, p.PositionName, p.Hook, fmt.Sprintf("%.3g", p.NaturalScale)})
	}
	text := fmt.Sprintf("%s: %s, trained on all rows; they are not the ones that were scored\n", e.File, count(len(e.Probes), "probe", "probes")) + table(rows)
	for _, reason := range e.LeftOut {
		text += "left out: " + reason + "\n"
	}
	return text
}

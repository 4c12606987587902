package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"tell/internal/safetensors"
	"tell/probe"
	"tell/probe/exchange"
	"tell/result"
	"tell/study"
	"tell/target"
)

// Exported are the probes of a study on all its rows, at the sites for which want
// is true: the study's own, out of the parts in the folder that the options name,
// the difference of the means of the labels, and that difference corrected for their
// covariance. The study and its inputs must be those of the result r.
func Exported(ctx context.Context, s *study.Study, o Options, r *result.Result, want func(layer, position int) bool) (*exchange.Set, error) {
	p, err := newPlan(ctx, s, o)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if p.hash != r.Provenance.Plan {
		return nil, fmt.Errorf("%s: found plan %q, expected %q, as the results have; the study, its inputs or the program have changed since: run the study again", s.Path, p.hash, r.Provenance.Plan)
	}
	if kind := p.cases.Target.Kind; kind != target.KindBinary {
		return nil, fmt.Errorf("%s: found a target of kind %s, expected a binary one: probes with one direction are exported", s.Path, kind)
	}
	set := &exchange.Set{Metadata: p.exportMetadata(r)}
	var cells []Cell
	for _, c := range p.sites() {
		if want(c.Layer, c.Position) {
			cells = append(cells, c)
		}
	}
	if err := p.store.complete(cells); err != nil {
		return nil, err
	}
	for i, c := range cells {
		p.progress("probes", i, len(cells))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := p.export(ctx, c, set); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", s.Path, c, err)
		}
	}
	p.progress("probes", len(cells), len(cells))
	return set, nil
}

// export adds the probes of a site to a set.
func (p *plan) export(ctx context.Context, c Cell, set *exchange.Set) error {
	kept, err := p.store.get(c)
	if err != nil {
		return err
	}
	if reason := kept.tellsNothing(); reason != "" {
		set.LeftOut = append(set.LeftOut, fmt.Sprintf("%s: %s", c, reason))
		return nil
	}
	x, _, err := p.rows(c)
	if err != nil {
		return err
	}
	means := p.settings(c)
	means.Family, means.Raw = "mass-mean", true
	corrected := p.settings(c)
	corrected.Family, corrected.C, corrected.Weight, corrected.Balanced = "lda", nil, nil, false
	own := c.Family
	if own == exchange.MassMean {
		own += " of standardised columns"
	}
	for _, k := range []struct {
		name  string
		train func() (*probe.Probe, error)
	}{
		{own, func() (*probe.Probe, error) { return kept.final, nil }},
		{exchange.MassMean, func() (*probe.Probe, error) { return probe.Train(ctx, x, p.cases.Target, means) }},
		{exchange.CorrectedMean, func() (*probe.Probe, error) { return probe.Train(ctx, x, p.cases.Target, corrected) }},
	} {
		trained, err := k.train()
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		margin, err := trained.Margin(x)
		if err != nil {
			return err
		}
		e := exchange.Probe{
			Kind: k.name, Layer: c.Layer, Position: c.Position,
			LayerName: layerName(p.dump, c.Layer), PositionName: p.dump.PositionNames()[c.Position],
			C: trained.C, Status: trained.Status,
			Weight: trained.Weights, Bias: trained.Intercept, Mean: trained.Mean, Scale: trained.Scale,
		}
		e.Block, e.Hook = p.hook(c.Layer)
		if err := e.Complete(margin, p.cases.Target.Ints(), p.Seed); err != nil {
			set.LeftOut = append(set.LeftOut, err.Error())
			continue
		}
		set.Probes = append(set.Probes, e)
	}
	return nil
}

// hook says which output of the model a layer of the dump is: a block, counted from
// 0, as layer 0 is the embedding output and layer k the output of block k-1.
func (p *plan) hook(layer int) (block int, words string) {
	number := layer
	if e := p.embedding(); e != result.None {
		number -= e
	} else if _, known := p.dump.EmbeddingLayer(); known {
		number++ // there is no embedding output
	}
	if number == 0 {
		return exchange.NoBlock, "hidden_states[0] of transformers: the output of the embedding, before block 0"
	}
	return number - 1, fmt.Sprintf("hidden_states[%d] of transformers: the residual stream after block %d, counted from 0", number, number-1)
}

func (p *plan) exportMetadata(r *result.Result) exchange.Metadata {
	m := exchange.Metadata{
		Tell: Version, Study: p.Name, Run: r.Run(), Model: p.dump.Model(), Target: p.Target.Label,
		Levels: slices.Clone(p.cases.Target.Levels), Rows: len(p.cases.Rows), Seed: p.Seed,
		Scored:    "These probes are trained on all rows used. They are not the ones that were scored: every score and every metric of the report comes from a probe that did not see the row, and scores of these probes on the rows that trained them say nothing about others.",
		Operation: "margin = weight · x + bias; P(label 1) = 1 / (1 + exp(-margin)). In npz, coef_ and intercept_ act on (x - mean_) / scale_ and give the same margin.",
		Sign:      fmt.Sprintf("A larger margin, and a step along direction, is toward label 1, %q; label 0 is %q.", p.cases.Target.Levels[1], p.cases.Target.Levels[0]),
		Scale:     "natural_scale is the distance of the means of the two labels along direction, in units of the states: x + natural_scale * direction moves a row from the mean of label 0 to that of label 1 along it.",
		Hook:      "Of every probe, as transformers numbers hidden_states. The last of hidden_states is taken after the final norm there, so that a probe of that layer fits no output of a block.",
		LayerMap:  "layer is the number of the layer, layer_name the dump's name of it; block counts the blocks of the model from 0, -1 for the embedding output.",
		Controls:  fmt.Sprintf("random holds %d directions for each probe, drawn from an isotropic Gaussian and brought to the norm of direction, which is 1; natural_scale goes for them too.", exchange.Controls),
	}
	if _, known := p.dump.EmbeddingLayer(); !known && p.embedding() == result.None {
		m.LayerMap += " Neither the dump nor the study says which layer is the embedding output; layer 0 is taken for it. State activations.embedding in the study to be sure."
	}
	return m
}

// ReadProbes reads probes for a binary target from any file that holds some: a set
// that was exported as safetensors, a part of a run, which keeps the probe on all
// rows, or what package probe writes.
func ReadProbes(path string) (*exchange.Set, error) {
	set, err := exchange.ReadFile(path)
	if err == nil {
		return set, nil
	}
	if data, unread := os.ReadFile(path); unread == nil {
		if set, notPart := partProbe(data); !errors.Is(notPart, errNotPart) {
			if notPart != nil {
				notPart = fmt.Errorf("%s: %w", path, notPart)
			}
			return set, notPart
		}
	}
	p, other := probe.ReadFile(path)
	if other != nil {
		return nil, err
	}
	if p.Kind != target.KindBinary {
		return nil, fmt.Errorf("%s: found a probe for a target of kind %s, expected a binary one", path, p.Kind)
	}
	return setOf(p), nil
}

// setOf is a set of one.
func setOf(p *probe.Probe) *exchange.Set {
	e := exchange.Probe{
		Kind: p.Family, LayerName: "0", PositionName: "0", C: p.C, Status: p.Status,
		Weight: p.Weights, Bias: p.Intercept, Mean: p.Mean, Scale: p.Scale,
	}
	if s := p.Site; s != nil {
		e.Layer, e.Position, e.LayerName, e.PositionName = s.Layer, s.Position, strconv.Itoa(s.Layer), strconv.Itoa(s.Position)
		if s.Name != "" {
			e.LayerName = s.Name
		}
	}
	return &exchange.Set{Metadata: exchange.Metadata{Levels: p.Levels}, Probes: []exchange.Probe{e}}
}

var errNotPart = errors.New("no part of a run")

func partProbe(data []byte) (*exchange.Set, error) {
	_, metadata, err := safetensors.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotPart, err)
	}
	if found := metadata[keyFormat]; found != partSchema {
		return nil, fmt.Errorf("%w: found format %q, expected %q", errNotPart, found, partSchema)
	}
	var facts partFacts
	if err := json.Unmarshal([]byte(metadata[keyFacts]), &facts); err != nil {
		return nil, fmt.Errorf("facts: found %.40q, expected those of a part: %w", metadata[keyFacts], err)
	}
	c := facts.Cell
	if !c.isSite() || c.Control != "" {
		return nil, fmt.Errorf("found the part of %s, expected that of a layer and position of the study itself, which keeps a probe on all rows", c)
	}
	p, err := decodePart(data, c, origin{Plan: metadata[keyPlan]})
	if err != nil {
		return nil, err
	}
	if p.final == nil {
		return nil, fmt.Errorf("found no probe on all rows: %s", p.tellsNothing())
	}
	return setOf(p.final), nil
}

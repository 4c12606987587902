package report

import (
	"fmt"
	"strings"

	"tell/compare"
	"tell/result"
)

var disagreementSection = section{"disagreement", "Where judges disagree", `
<p>How well the share is foreseen where the judges of a row mostly agree (low variance), partly agree, and are split (high variance). The variance is s (1 − s) of the share s, and its thirds are cut on the rows of the other folds. “True shares” is someone who knows the true share of every row: with so few judges, even that is some way off the shares observed.</p>
{{template "figure" .Figure}}
<div class="scroll" role="region" aria-label="Disagreement by variance" tabindex="0">
<table>
<caption>{{.Caption}}</caption>
<thead><tr><th scope="col">Rows</th>{{range .Heads}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Rows}}
<tr><th scope="row">{{.Name}} <span class="why">{{.N}}</span></th>{{range .Cells}}<td>{{template "estimate" .}}</td>{{end}}</tr>
{{- end}}
</tbody>
</table>
</div>
<p class="why">The rows of a third are picked by their own judgements, chance included. So on rows of high variance the constant ½ comes closest, closer even than the true shares.{{with .Shared}} {{.}}{{end}}</p>
`, viewDisagreement}

// disagreementKeys are the columns of the table: what is foreseen of the side, and of
// the disagreement.
var disagreementKeys = []struct{ key, title string }{
	{"total_variation", "distance from the share"}, {"entropy_spearman", "rank correlation of entropies"}, {"majority_accuracy", "majority foreseen"},
}

type disagreementRow struct {
	Name, N string
	Cells   []cell
}

// varianceStrata are the subsets of the block, in order.
func varianceStrata() []result.Subset {
	var list []result.Subset
	for _, name := range compare.VarianceStrata {
		list = append(list, result.Subset{Column: compare.VarianceColumn, Value: name})
	}
	return list
}

func viewDisagreement(p *page) any {
	t := p.Table.In(result.Disagreement)
	if len(t) == 0 {
		return nil
	}
	v := map[string]any{
		"Figure":  p.figure("disagreement", "Mean distance of what is predicted from the share that was observed, on rows of each variance, with its intervals; less is better."),
		"Caption": "The probe, and in the last columns someone who knew the true shares; results.csv has the rivals and the other metrics",
	}
	var heads []string
	for _, of := range []string{"Probe: ", "True shares: "} {
		for _, k := range disagreementKeys {
			heads = append(heads, of+k.title)
		}
	}
	v["Heads"] = heads
	var rows []disagreementRow
	for _, on := range varianceStrata() {
		row := disagreementRow{Name: capital(on.Value) + " variance"}
		for _, predictor := range []string{result.Probe, compare.Ceiling} {
			of := t.On(on).Of(predictor)
			for _, k := range disagreementKeys {
				found := rowOf(of, k.key)
				row.N = count(found.Estimate.N, "row", "rows")
				c := cellOf(found)
				c.Notes = nil
				row.Cells = append(row.Cells, c)
			}
		}
		rows = append(rows, row)
	}
	v["Rows"] = rows
	if e := t.Estimate(compare.KeySharedVariance); e.OK() {
		v["Shared"] = fmt.Sprintf("Of the variance of the shares, %s%%%s is a difference between rows; the rest is the chance of which judges were asked.", points(e.Value, 0), inWords(e, points, 0, ""))
	}
	return v
}

// disagreementSentence says whether disagreement is foreseen, beside its ceiling and
// the best rival.
func disagreementSentence(r *result.Result) string {
	t := r.Table.In(result.Disagreement)
	if len(t) == 0 {
		return ""
	}
	const key = "entropy_spearman"
	e := nestedOf(r).Estimate(key)
	if !e.OK() {
		return "How far judges disagree is not foreseen in numbers: " + e.Reason + "."
	}
	s := fmt.Sprintf("How far judges disagree (the entropy of the share) is foreseen at a rank correlation of %s%s", number(e.Value, digitsOf(e, 2)), inWords(e, number, digitsOf(e, 2), ""))
	h := headline{key: key}
	if name, _ := bestRival(r, h); name != "" {
		s += ". " + strings.TrimSuffix(rivalSentence(r, h), ".")
	}
	if c := t.On(result.Subset{}).Of(compare.Ceiling).Estimate(key); c.OK() {
		return s + fmt.Sprintf(". Someone who knew the true shares would have %s%s.", number(c.Value, digitsOf(c, 2)), inWords(c, number, digitsOf(c, 2), ""))
	} else if c.Reason != "" {
		return s + ". What could be had at most is not estimable: " + c.Reason + "."
	}
	return s + "."
}

package report

import (
	"fmt"

	"tell/gap"
	"tell/result"
)

var tableSection = section{"table", "What it knows against what it does", `
<div class="scroll" role="region" aria-label="Probe against behaviour" tabindex="0">
<table class="twobytwo">
<caption>{{.Rows}} by whether the probe and the behaviour are right about the label</caption>
<thead><tr><td></td><th scope="col">Behaviour right</th><th scope="col">Behaviour wrong</th></tr></thead>
<tbody>
<tr><th scope="row">Probe right</th><td>{{.BothRight}}</td><td class="marked">{{.OnlyProbe}}<span class="why">knows but does not act</span></td></tr>
<tr><th scope="row">Probe wrong</th><td>{{.OnlyBehaviour}}<span class="why">acts but the probe does not know</span></td><td>{{.BothWrong}}</td></tr>
</tbody>
</table>
</div>
{{- if .Neither}}
<p>{{.Neither}}</p>
{{- end}}
`, viewTable}

func viewTable(p *page) any {
	if len(p.gap) == 0 {
		return nil
	}
	n := p.gap.Count("rows")
	share := func(key string) string {
		rows := p.gap.Count(key)
		if n == 0 {
			return "0"
		}
		return fmt.Sprintf("%s (%s%%)", grouped(int64(rows)), points(float64(rows)/float64(n), 1))
	}
	v := map[string]any{
		"Rows":      count(n, "row", "rows"),
		"BothRight": share("both_right"), "OnlyProbe": share("only_probe"),
		"OnlyBehaviour": share("only_behaviour"), "BothWrong": share("both_wrong"),
	}
	if apart := neitherOf(p.Result); apart.Count("rows") > 0 {
		v["Neither"] = neitherLevels(apart)
		if isBinary(p.Result) {
			v["Neither"] = fmt.Sprintf("On %s the model acted as neither label: %s labelled “%s”, %s labelled “%s”. The probe's accuracy on them is %s.", count(apart.Count("rows"), "further row", "further rows"),
				grouped(int64(apart.Count("rows_y0"))), p.labelName(0), grouped(int64(apart.Count("rows_y1"))), p.labelName(1),
				valueWithInterval(apart.Estimate(gap.KeyAccuracyProbe), 3, number))
		}
	}
	return v
}

func neitherLevels(apart result.Table) string {
	return fmt.Sprintf("On %s the model acted as none of the labels. The probe's accuracy on them is %s.",
		count(apart.Count("rows"), "further row", "further rows"), valueWithInterval(apart.Estimate(gap.KeyAccuracyProbe), 3, number))
}

package report

import "fmt"

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
	if p.Gap == nil {
		return nil
	}
	t, n := p.Gap.Table, p.Gap.N
	share := func(rows int) string {
		if n == 0 {
			return "0"
		}
		return fmt.Sprintf("%s (%s%%)", grouped(int64(rows)), points(float64(rows)/float64(n)))
	}
	v := map[string]any{
		"Rows":      count(n, "row", "rows"),
		"BothRight": share(t.BothRight), "OnlyProbe": share(t.OnlyProbe),
		"OnlyBehaviour": share(t.OnlyBehaviour), "BothWrong": share(t.BothWrong),
	}
	if apart := p.Gap.Neither; apart.N > 0 {
		v["Neither"] = fmt.Sprintf("Apart from these, %s acted as neither: %s with “%s”, %s with “%s”. The probe's accuracy there: %s.", count(apart.N, "row", "rows"),
			grouped(int64(apart.ByLabel[0])), p.labelName(0), grouped(int64(apart.ByLabel[1])), p.labelName(1),
			valueWithInterval(apart.ProbeAccuracy, 3, number))
	}
	return v
}

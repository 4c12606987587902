package report

var limitsSection = section{"limits", "What this does not show", `
<ul>
{{- range .}}
<li>{{.}}</li>
{{- end}}
</ul>
`, viewLimits}

func viewLimits(p *page) any {
	limits := []string{
		"That the model uses what the probe reads. A probe finds what goes with the label; only an intervention on the hidden states could show that it matters to the answer.",
		"That a label which the probe cannot read is absent. The probe is linear and sees one layer and position at a time.",
		"That the layer with the highest point of the curve is where the model decides. The curve is a description; the folds often choose different layers.",
		"That other prompts, groups or models behave the same way. The intervals hold for groups like those of this study.",
	}
	if len(p.gap) > 0 {
		limits = append(limits,
			"That nothing in the prompt gives the label away. The text-only predictor counts words and characters; a better reader of the text might find what the probe finds.",
			"That the decision map is the right reading of what the model did. Rows that it calls neither are left out of the gap.",
			"That the part of the rows with the largest gap is special. Parts and their differences are not corrected for multiple comparisons.",
		)
	}
	return limits
}

package report

import (
	"slices"
	"strings"
	"testing"

	"tell/estimate"
	"tell/result"
)

func TestPaper(t *testing.T) {
	r, _ := capitals(t)
	golden(t, "paper.md", []byte(Paper{}.Markdown(r)))
	golden(t, "paper.tex", []byte(Paper{Blocks: []result.Block{result.Curve}, Keys: []string{"auroc", "accuracy"}}.LaTeX(r)))
}

// Text from outside does not become markup, a note stands once, and a column of
// nothing is left out.
func TestPaperText(t *testing.T) {
	r := &result.Result{Data: result.Data{}}
	noted := estimate.Estimate{Value: 0.5, N: 4, Warnings: []estimate.Warning{{Code: "few", Text: "few rows"}}}
	for _, name := range []string{"a|b*_<i>", "50% & $x_1$"} {
		r.Table = append(r.Table, result.Row{Block: result.Baseline, Key: "auroc", Predictor: name, Layer: result.None, Position: result.None, Estimate: noted})
	}
	r.Table = append(r.Table, result.Row{Block: result.Baseline, Key: "auroc", Predictor: "none", Layer: result.None, Position: result.None, Estimate: estimate.Estimate{Reason: "one class", N: 4}})
	md, tex := Paper{}.Markdown(r), Paper{}.LaTeX(r)
	for _, c := range []struct{ in, want string }{
		{md, `| AUROC | a\|b\*\_&lt;i> | 0.500<sup>a</sup> | 4 |`},
		{md, "| AUROC | none | not estimable<sup>b</sup> | 4 |"},
		{md, "<sup>a</sup> Few rows.\n\n<sup>b</sup> One class.\n"},
		{tex, `AUROC & 50\% \& \$x\_1\$ & 0.500\textsuperscript{a} & 4 \\`},
	} {
		if !slices.Contains(strings.Split(c.in, "\n"), c.want) && !strings.HasSuffix(c.in, c.want) {
			t.Errorf("no %q in\n%s", c.want, c.in)
		}
	}
	if !(Paper{Keys: []string{"brier"}}).Empty(r) {
		t.Error("rows of a key that no row has")
	}
	for i, want := range map[int]string{0: "a", 25: "z", 26: "aa", 52: "ba"} {
		if got := letters(i); got != want {
			t.Errorf("mark %d is %s, want %s", i, got, want)
		}
	}
}

package audit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tell/activations"
	"tell/estimate"
	"tell/gap"
	"tell/result"
	"tell/study"
	"tell/target"
)

// sound is a study of 30 items in two wordings with nothing to warn of.
func sound() (*study.Study, *study.Cases, Evidence) {
	s := &study.Study{Path: "study.yaml", Seed: 1, Controls: study.Controls{Permutations: 200}}
	s.Target = study.Target{Label: "y", Names: study.Names{"right", "wrong"}}
	s.Condition, s.Text = "tone", "prompt"
	c := &study.Cases{Grouped: true, Examples: 60}
	rng := rand.New(rand.NewPCG(3, 3))
	e := Evidence{}
	var labels []int
	for item := range 30 {
		c.GroupNames = append(c.GroupNames, fmt.Sprint("item ", item))
		for wording := range 2 {
			y := rng.IntN(2)
			c.Rows = append(c.Rows, len(c.Rows))
			c.ID = append(c.ID, fmt.Sprintf("%d-%d", item, wording))
			labels = append(labels, y)
			c.Behaviour = append(c.Behaviour, rng.IntN(2))
			c.Group = append(c.Group, item)
			c.Condition = append(c.Condition, []string{"calm", "angry"}[wording])
			c.Text = append(c.Text, fmt.Sprintf("%s %s %s? %s", word(item), word(item+100), word(item+200), []string{"Please.", "At once"}[wording]))
			e.States = append(e.States, uint64(len(c.Rows)))
			e.Fold = append(e.Fold, item%5)
		}
	}
	for layer := range 3 {
		e.Sites = append(e.Sites, Site{Layer: layer, Health: activations.Health{Rows: 60, Width: 8, FirstNonFinite: -1, MaxAbs: 3}})
	}
	c.Target = target.Binary(labels)
	return s, c, e
}

// word makes a word out of a number; different numbers share few letters.
func word(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 8))
	var b strings.Builder
	for range 7 {
		b.WriteByte('a' + byte(rng.IntN(26)))
	}
	return b.String()
}

func TestAudit(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*study.Study, *study.Cases, *Evidence)
		want  []string // code and message
	}{
		{"sound", func(*study.Study, *study.Cases, *Evidence) {}, nil},
		{"no groups", func(s *study.Study, c *study.Cases, e *Evidence) {
			c.Grouped = false
			for i := range c.Group {
				c.Group[i] = i
			}
			c.GroupNames = c.ID
		}, []string{
			"groups-missing: The study names no group: each of the 60 rows counts as a group of its own.",
			`paraphrases-across-groups: 60 of 60 rows looked at have nearly the same text as a row of another group, such as “` + wordsOf(0) + ` Please.” and “` + wordsOf(0) + ` At once”.`,
		}},
		{"copies", func(_ *study.Study, c *study.Cases, e *Evidence) {
			c.Text[7] = "  " + strings.ToUpper(c.Text[0])
			c.Text[8] = c.Text[0]
			c.Text[21] = c.Text[20]
			c.Text[40], c.Text[50] = "", ""
			e.States[9] = e.States[30]
		}, []string{
			"missing-texts: 2 of 60 rows (3%) have no text in column prompt (null or blank): 20-0 and 25-0.",
			`duplicate-texts: 3 of 60 rows (5%) carry a text that occurs in another group too: 1 different text, such as “` + wordsOf(0) + ` Please.”.`,
			"duplicate-states: 2 of 60 rows (3%) have a hidden state that occurs in another group too: 1 different state, such as that of row 4-1.",
		}},
		{"few groups", func(_ *study.Study, c *study.Cases, e *Evidence) {
			c.GroupNames = c.GroupNames[:15]
			for i := range c.Group {
				c.Group[i] /= 2
				e.Fold[i] = c.Group[i] % 5
			}
		}, []string{
			"few-groups: The rows come from 15 groups only.",
			"rows-exchanged: No valid permutation test is known here: in 9 groups with labels in unequal number, 36 rows were taken as exchangeable one by one; no valid test is known where several of them word one claim and no column names the claims.",
		}},
		{"a giant group", func(_ *study.Study, c *study.Cases, e *Evidence) {
			for i := range c.Group {
				c.Group[i] = max(c.Group[i]-22, 0)
			}
			c.GroupNames = c.GroupNames[22:]
			e.Fold = nil
		}, []string{"few-groups: The rows come from 8 groups of unequal size, which count as 1.7 of equal size. Group “item 22” holds 46 of 60 rows (77%)."}},
		{"unequal groups", func(_ *study.Study, c *study.Cases, e *Evidence) {
			for i := range c.Group {
				if c.Group[i] < 20 {
					c.Group[i] /= 5
				} else {
					c.Group[i] -= 16
				}
			}
			c.GroupNames = c.GroupNames[16:]
			e.Fold = nil
		}, []string{"few-groups: The rows come from 14 groups of unequal size, which count as 8.2 of equal size."}},
		{"states never written", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			for i := range 10 {
				e.States[50+i] = zeroPrint(8)
			}
			e.States[3] = e.States[0]
		}, []string{
			"states-never-written: 10 of 60 rows (17%) have a state of zeros in layer 2, such as row 25-0.",
			"duplicate-states: 2 of 60 rows (3%) have a hidden state that occurs in another group too: 1 different state, such as that of row 0-0.",
		}},
		{"padding of zeros", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			for i := range 48 {
				e.States[i] = zeroPrint(8)
			}
		}, []string{"states-never-written: 48 of 60 rows (80%) have a state of zeros in layer 2, such as row 0-0."}},
		{"padding", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			for i := range 36 {
				e.States[i] = 1000
			}
			e.States[58] = e.States[50]
		}, []string{
			"states-shared: 36 of 60 rows (60%) have one and the same state, such as row 0-0.",
			"duplicate-states: 2 of 60 rows (3%) have a hidden state that occurs in another group too: 1 different state, such as that of row 25-0.",
		}},
		{"texts of another encoding", func(s *study.Study, c *study.Cases, _ *Evidence) {
			s.Said = "said"
			c.Said = make([]string, 60)
			c.Said[4] = "ThÃ©rÃ¨se"
			c.Said[5] = "É, NÃO, Âge, “naïve”"
			c.Text[0], c.Text[9] = "Is Z\xfcrich a town?", "Is it Z\uFFFDrich?"
		}, []string{"text-not-utf8: Text is not UTF-8, or was taken for another encoding before: column prompt on 2 of 60 rows (3%), such as “Is Z\uFFFDrich a town?” in row 0-0 and column said on 1 of 60 rows (2%), such as “ThÃ©rÃ¨se” in row 2-0."}},
		{"rare levels", func(s *study.Study, c *study.Cases, e *Evidence) {
			s.Probe.Folds = 5
			e.Fold = nil
			c.Target = target.Column{Kind: target.KindClass, Levels: []string{"town", "river", "hill"}, Values: make([]float64, 60)}
			for i := range 60 {
				switch g := c.Group[i]; {
				case g < 4:
					c.Target.Values[i] = 1
				case g < 9:
					c.Target.Values[i] = 2
				}
			}
		}, []string{"rare-level: Levels with fewer groups than the 5 folds, some of which test none of their rows: “river” (8 rows in 4 groups)."}},
		{"few arrangements", func(_ *study.Study, c *study.Cases, e *Evidence) {
			for i := range c.Target.Values {
				c.Target.Values[i] = 0
				if c.Group[i] == 3 {
					c.Target.Values[i] = 1
				}
			}
		}, []string{"few-arrangements: The labels can be permuted in only 6 ways, fewer than the 200 permutations asked for: no p-value can be below 0.17."}},
		{"label by condition", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i := range c.Target.Values {
				c.Target.Values[i] = float64(i % 2)
			}
			c.Nuisance = []study.Nuisance{{Name: "tone", Levels: c.Condition}}
		}, []string{
			"surface-label: Column tone almost determines the label: the label most frequent at the same value in other groups is right on 100% of the rows, the label most frequent overall on 50%.",
			`one-class-condition: Column tone has values with one label only: calm (30 rows, all “right”) and angry (30 rows, all “wrong”).`,
		}},
		{"label by length", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i := range c.Target.Values {
				c.Text[i] += strings.Repeat(" !", 9*int(c.Target.Values[i]))
			}
		}, []string{"surface-label: The length of the text almost determines the label: its AUROC for the label is 1.00."}},
		{"label by length, which a column has", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			n := study.Nuisance{Name: "len(prompt)", Numeric: make([]float64, 60)}
			for i := range c.Target.Values {
				c.Text[i] += strings.Repeat(" !", 9*int(c.Target.Values[i]))
				n.Numeric[i] = float64(len([]rune(c.Text[i])))
			}
			c.Nuisance = []study.Nuisance{n}
		}, []string{"surface-label: Column len(prompt) almost determines the label: its AUROC for the label is 1.00."}},
		{"label by quantity", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			n := study.Nuisance{Name: "digits", Numeric: make([]float64, 60)}
			for i, y := range c.Target.Values {
				n.Numeric[i] = float64(i)/100 - y
			}
			c.Nuisance = []study.Nuisance{n}
		}, []string{"surface-label: Column digits almost determines the label: its AUROC for the label is 0.00."}},
		{"number by quantity", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			words, noise := study.Nuisance{Name: "words", Numeric: make([]float64, 60)}, study.Nuisance{Name: "noise", Numeric: make([]float64, 60)}
			x := make([]float64, 60)
			for i := range x {
				x[i], words.Numeric[i], noise.Numeric[i] = float64(i), -float64(i*i), float64(i*37%60)
			}
			c.Target, c.Nuisance = target.Number(x), []study.Nuisance{words, noise}
		}, []string{"surface-label: Column words almost determines the target: their rank correlation is -1.00."}},
		{"an ordered target of which most is one level, by quantity", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			words, noise := study.Nuisance{Name: "words", Numeric: make([]float64, 60)}, study.Nuisance{Name: "noise", Numeric: make([]float64, 60)}
			x := make([]float64, 60)
			for i := range x {
				x[i], words.Numeric[i], noise.Numeric[i] = float64(max(0, i-49)), -float64(i), float64(i*37%60)
			}
			c.Target, c.Nuisance = target.Number(x), []study.Nuisance{words, noise}
		}, []string{"surface-label: Column words almost determines the target: it orders 100% of the pairs of rows of which the target differs."}},
		{"classes by quantity, up and down", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			words, noise := study.Nuisance{Name: "words", Numeric: make([]float64, 60)}, study.Nuisance{Name: "noise", Numeric: make([]float64, 60)}
			x := make([]float64, 60)
			for i := range x {
				words.Numeric[i], noise.Numeric[i] = float64(i%6), float64(i*37%60)
				x[i] = []float64{0, 1, 2, 0, 1, 2}[i%6]
			}
			c.Target, c.Nuisance = target.Column{Kind: target.KindClass, Values: x, Levels: []string{"a", "b", "c"}}, []study.Nuisance{words, noise}
			c.Condition = nil
		}, []string{"surface-label: Column words almost determines the label: the label most frequent at near values in other groups is right on 100% of the rows, the label most frequent overall on 33%."}},
		{"a difficulty that is a rate of success", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			x := make([]float64, 60)
			c.Effort, c.Right = make([]float64, 60), make([]int, 60)
			for i := range x {
				x[i], c.Right[i] = float64(i*37%60), 0
				if x[i] > 20 {
					c.Right[i] = 1
				}
			}
			c.Target = target.Number(x)
		}, []string{"difficulty-turned: The model is right more often where the target is larger, as a rate of success is: its AUROC for right answers is 1.00."}},
		{"a difficulty that goes along with right answers by luck", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			x := make([]float64, 60)
			c.Effort, c.Right = make([]float64, 60), make([]int, 60)
			for i := range x {
				x[i] = float64(i * 37 % 60)
				if c.Right[i] = -1; i < 40 { // AUROC 0.63 of 40 rows
					c.Right[i] = 0
					if i%2 == 0 || x[i] > 45 {
						c.Right[i] = 1
					}
				}
			}
			c.Target = target.Number(x)
		}, nil},
		{"levels of single groups", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			n := study.Nuisance{Name: "item", Levels: make([]string, 60)}
			for i, g := range c.Group {
				n.Levels[i] = fmt.Sprint(g)
				c.Target.Values[i] = float64(g % 2)
			}
			c.Nuisance = []study.Nuisance{n}
		}, nil},
		{"one stratum with one label", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			st := gap.Stratum{Name: "size", Value: make([]string, 60)}
			for i, y := range c.Target.Values {
				st.Value[i] = "large"
				if y == 1 && i < 8 {
					st.Value[i] = "small"
				}
			}
			c.Strata = []gap.Stratum{st}
		}, []string{`one-class-condition: Column size has values with one label only: small (4 rows, all “wrong”).`}},
		{"unhealthy layers", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			e.Sites[0].Health.ConstantColumns = 8
			e.Sites[1].Health.ConstantColumns = 7
			e.Sites[2].Health = activations.Health{Rows: 60, Width: 8, NaN: 3, Inf: 1, FirstNonFinite: 5}
		}, []string{
			"non-finite-states: Numbers are not finite in 1 of 3 layers: layer 2 (3 NaN, 1 infinite, first in row 2-1).",
			"constant-states: Every row has the same state in 1 of 3 layers: layer 0.",
		}},
		{"positions of the answer", func(_ *study.Study, c *study.Cases, e *Evidence) {
			for p := range e.Sites {
				e.Sites[p].Layer, e.Sites[p].Position = 1, p
			}
			e.Sites[0].Health.ConstantColumns = 8
			c.AnswerPosition = make([]int, 60)
			for i := range c.AnswerPosition {
				c.AnswerPosition[i] = 2
			}
			c.AnswerPosition[0], c.AnswerPosition[1] = 1, -1
		}, []string{
			"constant-states: Every row has the same state at 1 of 3 pairs of layer and position: layer 1 position 0.",
			"answer-positions: Some probed positions already belong to the answer: position 1 on 1 of 60 rows (2%) and position 2 on 59 of 60 rows (98%).",
		}},
		{"behaviour", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i := range c.Behaviour {
				c.Behaviour[i] = gap.Neither
				if i < 20 {
					c.Behaviour[i] = 1
				}
			}
		}, []string{
			`behaviour-neither: The model acts as if neither “right” nor “wrong” were the label on 40 of 60 rows (67%).`,
			`behaviour-one-sided: The model never acts as if “right” were the label.`,
		}},
		{"a behaviour with one label", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i, y := range c.Target.Values {
				if y == 0 {
					c.Behaviour[i] = 0
				}
			}
		}, []string{"decision-unreachable: acts_as_1 is never true where the label is “right” (31 rows that act). If it cannot be true there, the behaviour's 100% on them is a property of the map."}},
		{"a behaviour with one label on few rows", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i, y := range c.Target.Values {
				if y == 0 {
					c.Behaviour[i] = 0
					if i >= 30 {
						c.Behaviour[i] = gap.Neither
					}
				}
			}
		}, []string{`behaviour-one-label: The model acts as if “wrong” were the label on 13 rows, all of them with the label “wrong”.`}},
		{"a behaviour of one answer", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i := range c.Behaviour {
				c.Behaviour[i] = 0
			}
			for y := range 2 { // one row of each label
				c.Behaviour[slices.Index(c.Target.Values, float64(y))] = 1
			}
		}, []string{`behaviour-one-answer: The model acts as if “right” were the label on 58 of 60 rows (97%) that act: it is right on 52% of them because that share carries this label.`}},
		{"scores that are missing", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			c.Graded = make([]float64, 60)
			c.Scorers = []study.Scorer{{Name: "whole", Score: make([]float64, 60)}, {Name: "judge", Score: make([]float64, 60)}}
			c.Graded[2], c.Graded[4], c.Scorers[1].Score[0] = math.NaN(), math.NaN(), math.NaN()
		}, []string{`score-missing: decision.score is no number on 2 of 60 rows (3%): 1-0 and 2-0.`, `score-missing: the baseline judge is no number on 1 of 60 rows (2%): 0-0.`}},
		{"efforts that are missing", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			c.Effort = make([]float64, 60)
			c.Effort[4] = math.NaN()
		}, []string{`effort-missing: decision.effort is no number on 1 of 60 rows (2%): 2-0.`}},
		{"a behaviour that is always wrong", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i, y := range c.Target.Values {
				if y == 1 {
					c.Behaviour[i] = 0
				}
			}
		}, []string{"decision-unreachable: acts_as_1 is never true where the label is “wrong” (29 rows that act). If it cannot be true there, the behaviour's 0% on them is a property of the map."}},
		{"behaviour is the label", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			c.Behaviour = c.Target.Ints()
			c.Behaviour[0] = gap.Neither
		}, []string{`behaviour-one-label: The model acts as if “right” were the label on 31 rows, all of them with the label “right” and as if “wrong” were the label on 28 rows, all of them with the label “wrong”.`}},
		{"labels named by an expression", func(s *study.Study, c *study.Cases, _ *Evidence) {
			s.Target.Names = study.Names{`op == "*" = 0`, `op == "*" = 1`}
			for i := range c.Behaviour {
				c.Behaviour[i] = 1
			}
		}, []string{`behaviour-one-sided: The model never acts as if “op == "*" = 0” were the label.`}},
		{"missing texts", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			for i := range 7 {
				c.Text[i*9] = " \n"[:i%3]
			}
		}, []string{"missing-texts: 7 of 60 rows (12%) have no text in column prompt (null or blank): 0-0, 4-1, 9-0, 13-1, 18-0 and 2 more."}},
		{"a long text", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			c.Text[3] += strings.Repeat(" more", 60_000)
		}, []string{"texts-cut: The text-only baseline reads only the first 256 KiB of 1 of 60 rows (2%): 1-1."}},
		{"texts of several lines", func(_ *study.Study, c *study.Cases, _ *Evidence) {
			c.Text[0] = "Say \"yes\"\nor no"
			c.Text[7] = c.Text[0]
		}, []string{`duplicate-texts: 2 of 60 rows (3%) carry a text that occurs in another group too: 1 different text, such as “Say "yes" or no”.`}},
		{"baselines below chance", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			auroc := func(predictor string, x, low, high float64) result.Row {
				return result.Row{Key: "auroc", Predictor: predictor, Estimate: estimate.Estimate{Value: x, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}}
			}
			e.Baselines = result.Table{
				auroc(result.Majority, 0.4, 0.35, 0.45),
				auroc(result.Text, 0.4, 0.35, 0.49),
				auroc(result.Nuisance, 0.45, 0.35, 0.51),
				{Key: "auroc", Predictor: result.Embedding, Estimate: estimate.NotEstimable(60, 0, "constant")},
				auroc(result.Behaviour, 0.7, 0.6, 0.8),
			}
		}, []string{"baseline-below-chance: The text baseline ranks held-out rows the wrong way round: its AUROC is 0.400 [0.350, 0.490]."}},
		{"a probe without an error", func(_ *study.Study, _ *study.Cases, e *Evidence) { e.Curve = aurocs(0.6, 1, 0.9991) },
			[]string{"states-hold-the-label: The AUROC of the probe is 0.999 or more in 2 of 3 layers: layer 1 and layer 2."}},
		{"a chosen probe without an error", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			e.Curve, e.Nested = aurocs(0.6, 0.99, 0.998), aurocs(0.9995)
		}, []string{"states-hold-the-label: The AUROC of the probe is 0.999 or more at the sites that were chosen."}},
		{"an embedding that reads the label", func(s *study.Study, _ *study.Cases, e *Evidence) {
			s.Activations.Embedding = new(int)
			e.Curve = aurocs(0.9, 0.8, 0.91)
		}, []string{"embedding-reads-label: Layer 0, the embedding output, reads the label with an AUROC of 0.900; the best of the other layers, 2, has 0.910."}},
		{"a first layer that reads the label", func(_ *study.Study, _ *study.Cases, e *Evidence) { e.Curve = aurocs(0.9, 0.8, 0.7) },
			[]string{"embedding-reads-label: Layer 0, the first, which often is the embedding output, reads the label with an AUROC of 0.900; the best of the other layers, 1, has 0.800."}},
		{"layers that read nothing", func(_ *study.Study, _ *study.Cases, e *Evidence) { e.Curve = aurocs(0.7, 0.69, 0.6) }, nil},
		{"an embedding alone", func(_ *study.Study, _ *study.Cases, e *Evidence) { e.Curve = aurocs(0.9) }, nil},
		{"a null off centre", func(_ *study.Study, _ *study.Cases, e *Evidence) { e.Curve = nulls(200, 0.675, 0.54, 0.44) },
			[]string{"null-off-centre: The mean AUROC of shuffled labels lies more than 0.05 from 0.5 in 2 of 3 layers: layer 0 (0.675) and layer 2 (0.440)."}},
		{"a null of few draws", func(_ *study.Study, _ *study.Cases, e *Evidence) { e.Curve = nulls(5, 0.56) }, nil},
		{"width and layers exchanged", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			for i := range e.Sites {
				e.Sites[i].Health.Width = 2
			}
		}, []string{"narrow-states: The states have 3 layers of 2 numbers each."}},
		{"a probe like the majority", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			e.Baselines = result.Table{{Key: "accuracy_difference", Predictor: result.Majority, Estimate: estimate.Estimate{Value: 0.01, Interval: &estimate.Interval{Low: -0.02, High: 0.04, Level: 0.95}}}}
		}, []string{"majority-probe: The probe is not shown to be right more often than a guess of the most frequent label: its accuracy less that of the majority is +0.010 [-0.020, +0.040]. A gap to the behaviour may be that of a constant."}},
		{"a probe like the majority without a gap", func(_ *study.Study, c *study.Cases, e *Evidence) {
			c.Behaviour = nil
			e.Baselines = result.Table{{Key: "accuracy_difference", Predictor: result.Majority, Estimate: estimate.Estimate{Value: -0.1}}}
		}, nil},
		{"a probe beyond the majority", func(_ *study.Study, _ *study.Cases, e *Evidence) {
			e.Baselines = result.Table{{Key: "accuracy_difference", Predictor: result.Majority, Estimate: estimate.Estimate{Value: 0.3, Interval: &estimate.Interval{Low: 0.2, High: 0.4, Level: 0.95}}}}
		}, nil},
		{"rows without examples", func(_ *study.Study, c *study.Cases, _ *Evidence) { c.Unmatched = 1 },
			[]string{"unmatched-activations: No example has the ids of 1 row of the activations."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, cases, e := sound()
			c.spoil(s, cases, &e)
			var got []string
			for _, w := range Audit(s, cases, e) {
				got = append(got, w.Code+": "+w.Message)
				if len(w.Advice) < 40 || !strings.HasSuffix(w.Advice, ".") {
					t.Errorf("%s: the advice is no sentence: %q", w.Code, w.Advice)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// aurocs is the curve of a probe with these values, layer by layer.
func aurocs(values ...float64) (t result.Table) {
	for layer, x := range values {
		t = append(t, result.Row{Layer: layer, Predictor: result.Probe, Key: "auroc", Estimate: estimate.Estimate{Value: x}})
	}
	return t
}

// nulls is the permutation test with these means, layer by layer.
func nulls(draws int, means ...float64) (t result.Table) {
	for layer, x := range means {
		t = append(t,
			result.Row{Layer: layer, Key: result.KeyPermuted, Estimate: estimate.Estimate{Value: 0.6, N: 60}, Null: &result.Null{Mean: x, P: 0.1}},
			result.Row{Layer: layer, Key: result.KeyNullHigh, Estimate: estimate.Estimate{Value: 0.7, N: draws}})
	}
	return t
}

func wordsOf(item int) string {
	return fmt.Sprintf("%s %s %s?", word(item), word(item+100), word(item+200))
}

func TestAuditWithoutEvidence(t *testing.T) {
	s, c, _ := sound()
	c.Condition, c.Text, c.Behaviour = nil, nil, nil
	if w := Audit(s, c, Evidence{}); len(w) > 0 {
		t.Errorf("got %+v", w)
	}
}

// Prompts of one template about different things are no wordings of one item;
// the same prompts without their groups are.
func TestAuditCapitals(t *testing.T) {
	s, err := study.Load("../testdata/capitals/onesided.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := openDump(t, s.Spec())
	codes := func() []string {
		c, err := s.Cases(d)
		if err != nil {
			t.Fatal(err)
		}
		var e Evidence
		if e.States, err = Fingerprints(d, c.Rows, 30, 0); err != nil {
			t.Fatal(err)
		}
		for _, layer := range []int{0, 12, 30} {
			h, err := d.Scan(layer, 0)
			if err != nil {
				t.Fatal(err)
			}
			e.Sites = append(e.Sites, Site{Layer: layer, Health: h})
		}
		var codes []string
		for _, w := range Audit(s, c, e) {
			codes = append(codes, w.Code)
		}
		return codes
	}
	if got, want := codes(), []string{"constant-states", "decision-unreachable"}; !slices.Equal(got, want) {
		t.Errorf("with groups the audit warns of %q, expected %q", got, want)
	}
	s.Group = ""
	if got, want := codes(), []string{"groups-missing", "paraphrases-across-groups", "constant-states", "decision-unreachable"}; !slices.Equal(got, want) {
		t.Errorf("without groups the audit warns of %q, expected %q", got, want)
	}
}

func TestGarbled(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "Zürich": false, "NÃO": false, "don’t": false, "Ã la": false,
		"Z\xfcrich": true, "Z\uFFFDrich": true, "ZÃ¼rich": true, "donâ€™t": true, "don\u00e2\u0080\u0099t": true, "20Â°": true,
	} {
		if got := garbled(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestFingerprints(t *testing.T) {
	d := openDump(t, activations.Spec{Paths: []string{"../testdata/capitals/hidden_states.npy"}})
	// Rows 0 and 1 are two wordings of one claim.
	prints, err := Fingerprints(d, []int{0, 1, 2, 1}, 12, 0)
	if err != nil {
		t.Fatal(err)
	}
	if prints[1] != prints[3] || prints[0] == prints[1] || prints[1] == prints[2] {
		t.Errorf("fingerprints are %x", prints)
	}
	if _, err := Fingerprints(d, []int{672}, 0, 0); err == nil {
		t.Error("no error for a row that is not there")
	}
}

func openDump(t *testing.T, spec activations.Spec) *activations.Dump {
	t.Helper()
	d, err := activations.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

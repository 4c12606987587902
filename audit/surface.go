package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tell/metric"
	"tell/target"
)

// determined is the accuracy, or for quantities the AUROC, from which a surface
// column almost determines the label.
const determined = 0.95

// column is one column under audit.
type column struct {
	name    string
	levels  []string
	numeric []float64
}

// surfaceColumns lists the columns that a probe should not depend on.
func (a *audit) surfaceColumns() []column {
	columns := a.partitions()
	for _, n := range a.cases.Nuisance {
		columns = append(columns, column{"column " + n.Name, n.Levels, n.Numeric})
	}
	if a.cases.Text != nil {
		length := make([]float64, len(a.cases.Text))
		for i, t := range a.cases.Text {
			length[i] = float64(utf8.RuneCountInString(t))
		}
		if !slices.ContainsFunc(columns, func(c column) bool { return slices.Equal(c.numeric, length) }) {
			columns = append(columns, column{"the length of the text", nil, length})
		}
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(columns, func(c column) bool {
		again := seen[c.name]
		seen[c.name] = true
		return again
	})
}

// partitions lists condition and strata.
func (a *audit) partitions() []column {
	var columns []column
	if a.cases.Condition != nil {
		columns = append(columns, column{name: "column " + a.Condition, levels: a.cases.Condition})
	}
	for _, s := range a.cases.Strata {
		columns = append(columns, column{name: "column " + s.Name, levels: s.Value})
	}
	return columns
}

// surfaceLabels finds columns that almost determine the label or class. Values are
// judged by the label most frequent among the rows of the same value in other
// groups: right on 95% of the rows and wrong on at most half as many as the
// label most frequent overall. Quantities are judged by their AUROC, in either
// direction; of classes, which have none, as values, near ones together.
func (a *audit) surfaceLabels() {
	kind := a.cases.Target.Kind
	if kind != target.KindBinary && kind != target.KindClass {
		a.surfaceNumbers()
		return
	}
	for _, c := range a.surfaceColumns() {
		levels, same := c.levels, "the same value"
		if levels == nil && kind == target.KindClass {
			levels, same = nearby(c.numeric, a.cases.Group), "near values"
		}
		var found string
		if levels != nil {
			right, base := levelAccuracy(levels, a.label, a.cases.Group)
			if right < determined || 1-right > (1-base)/2 {
				continue
			}
			found = fmt.Sprintf("the label most frequent at %s in other groups is right on %.0f%% of the rows, "+
				"the label most frequent overall on %.0f%%", same, 100*right, 100*base)
		} else {
			auroc, err := metric.AUROC(a.label, c.numeric)
			if err != nil || max(auroc, 1-auroc) < determined {
				continue
			}
			found = "its AUROC for the label is " + strconv.FormatFloat(auroc, 'f', 2, 64)
		}
		a.warn("surface-label",
			"A probe may read this instead of what the label means. Balance the labels over it, or keep to rows where all labels occur at equal values, "+
				"and set the probe against the nuisance and text baselines.",
			"%s almost determines the label: %s.", upperFirst(c.name), found)
	}
}

// surfaceNumbers finds quantities that a number, an ordered level or a share goes along
// with: all of it, or, where many rows have one value, what differs.
func (a *audit) surfaceNumbers() {
	const goesAlong = 0.9
	rank, _ := metric.Named("spearman")
	y := target.Number(a.cases.Target.Values)
	for _, c := range a.surfaceColumns() {
		if c.numeric == nil {
			continue
		}
		once := slices.Repeat([]float64{1}, len(c.numeric))
		rho, err := rank.Value(y, c.numeric, once)
		if err != nil {
			continue
		}
		pairs := metric.InOrder(y.Values, c.numeric)(once).X
		found := fmt.Sprintf("their rank correlation is %.2f", rho)
		if math.Abs(rho) < goesAlong {
			if pairs = max(pairs, 1-pairs); pairs < determined {
				continue
			}
			found = fmt.Sprintf("it orders %.0f%% of the pairs of rows of which the target differs", 100*pairs)
		}
		a.warn("surface-label",
			"A probe may read this instead of what the target means. Choose rows on which the two differ, and set the probe against the nuisance baseline: add it to nuisance where it is not there.",
			"%s almost determines the target: %s.", upperFirst(c.name), found)
	}
}

// nearby names equal numbers alike, and with the next ones where a single group has them, so
// that another group can say something of each.
func nearby(x []float64, group []int) []string {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
	level, groups := make([]int, len(x)), map[int]bool{}
	for k, i := range order {
		if k > 0 {
			level[i] = level[order[k-1]]
			if x[i] != x[order[k-1]] && len(groups) > 1 {
				level[i], groups = level[i]+1, map[int]bool{}
			}
		}
		groups[group[i]] = true
	}
	last := slices.Max(level)
	names := make([]string, len(x))
	for i, l := range level {
		if l == last && len(groups) == 1 {
			l = max(0, l-1)
		}
		names[i] = strconv.Itoa(l)
	}
	return names
}

func upperFirst(s string) string {
	return string(s[0]-'a'+'A') + s[1:]
}

// levelAccuracy is the share of rows whose label is the most frequent one among
// the rows of the same level in other groups (overall where there are none or
// several are as frequent), and the share with the label most frequent overall.
func levelAccuracy(levels []string, label, group []int) (right, base float64) {
	type cell struct {
		level string
		group int
	}
	labels := slices.Max(label) + 1
	all := make([]int, labels)
	byLevel, byCell := make(map[string][]int), make(map[cell][]int)
	for i, y := range label {
		at := cell{levels[i], group[i]}
		if byLevel[at.level] == nil {
			byLevel[at.level] = make([]int, labels)
		}
		if byCell[at] == nil {
			byCell[at] = make([]int, labels)
		}
		all[y]++
		byLevel[at.level][y]++
		byCell[at][y]++
	}
	most := 0
	for y, n := range all {
		if n > all[most] {
			most = y
		}
	}
	n := float64(len(label))
	for i, y := range label {
		in, own := byLevel[levels[i]], byCell[cell{levels[i], group[i]}]
		guess, top := most, 0
		for of := range in {
			switch d := in[of] - own[of]; {
			case d > top:
				guess, top = of, d
			case d == top:
				guess = most
			}
		}
		if guess == y {
			right += 1 / n
		}
	}
	return right, float64(all[most]) / n
}

// oneClass finds conditions and strata with one label only.
func (a *audit) oneClass() {
	for _, c := range a.partitions() {
		count := make(map[string][2]int)
		var names []string
		for i, level := range c.levels {
			n, seen := count[level]
			if !seen {
				names = append(names, level)
			}
			n[a.label[i]]++
			count[level] = n
		}
		var single []string
		for _, name := range names {
			n := count[name]
			for y := range n {
				if n[1-y] == 0 {
					single = append(single, fmt.Sprintf("%s (%s, all %s)", name, counted(n[y], "row"), quoted(a.Target.Names[y])))
				}
			}
		}
		if len(single) > 0 {
			a.warn("one-class-condition",
				"Where one label is missing there is no AUROC, and a difference to other rows may be one between labels. "+
					"Leave these rows out with rows, or add examples of the other label.",
				"%s has values with one label only: %s.", upperFirst(c.name), listed(single))
		}
	}
}

// listed joins the first few of a list.
func listed(items []string) string {
	const few = 5
	text := List(items[:min(few, len(items))])
	if len(items) > few {
		text = fmt.Sprintf("%s and %d more", strings.Join(items[:few], ", "), len(items)-few)
	}
	return text
}

// List joins names as a sentence does: "a, b and c".
func List(names []string) string {
	text := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += n
	}
	return text
}

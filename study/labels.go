package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/activations"
	"tell/target"
)

// A labeler makes the target of one kind from what its expression gives.
type labeler func(t *table, x *expression, values []any) (target.Column, error)

var labelers = map[target.Kind]labeler{
	target.KindBinary:  (*table).binaryLabels,
	target.KindNumber:  (*table).numberLabels,
	target.KindOrdinal: (*table).ordinalLabels,
	target.KindClass:   (*table).classLabels,
	target.KindShare:   (*table).shareLabels,
}

const labelKey = "target.label"

// labels evaluates the target on every row used.
func (t *table) labels(_ *activations.Dump, c *Cases) error {
	x, err := t.compile(labelKey, t.Target.Label)
	if err != nil {
		return err
	}
	values := make([]any, len(t.used))
	for k, i := range t.used {
		if values[k], err = x.value(i); err != nil {
			return t.errorOn(i, labelKey, "", "%w", err)
		}
	}
	c.Target, err = labelers[t.Target.Kind](t, x, values)
	return err
}

// notLabel is an error about the label of a case.
func (t *table) notLabel(x *expression, values []any, k int, expected string) error {
	i := t.used[k]
	return t.errorOn(i, labelKey, t.Target.Label, "found %s, expected %s%s", literal(values[k]), expected, x.nullHere(i))
}

func (t *table) binaryLabels(x *expression, values []any) (target.Column, error) {
	var n [2]int
	labels := make([]int, len(values))
	for k, v := range values {
		is, err := truth(v)
		if err != nil {
			i := t.used[k]
			return target.Column{}, t.errorOn(i, labelKey, t.Target.Label, "found %s, expected label 0 or 1%s%s", literal(v), t.otherKind(values), x.nulls(i))
		}
		if is {
			labels[k] = 1
		}
		n[labels[k]]++
	}
	for y := range n {
		if n[y] == 0 {
			return target.Column{}, t.ErrorAt(labelKey, "all %d rows used have label %d, expected both labels", len(labels), 1-y)
		}
	}
	column := target.Binary(labels)
	column.Levels = t.Target.Names[:]
	return column, nil
}

// otherKind names the kind that labels of many values seem to be of.
func (t *table) otherKind(values []any) string {
	const binaryMost = 3 // 0, 1 and what stands for neither
	numbers, different := true, map[string]bool{}
	for _, v := range values {
		if v != nil {
			_, is := asNumber(v)
			numbers = numbers && is
			different[level(v)] = true
		}
	}
	switch n := len(different); {
	case n <= binaryMost:
		return ""
	case numbers:
		return fmt.Sprintf(" (there are %d values; for these write target: {label: %s, kind: number}, or kind: ordinal)", n, t.Target.Label)
	default:
		return fmt.Sprintf(" (there are %d values; for these write target: {label: %s, kind: class})", n, t.Target.Label)
	}
}

func (t *table) numberLabels(x *expression, values []any) (target.Column, error) {
	numbers := make([]float64, len(values))
	for k, v := range values {
		number, ok := asNumber(v)
		if !ok {
			hint := asWritten(t.Target.Label, v)
			if x.program == nil {
				if _, text := x.columns[0].NotNumber(); text {
					hint = x.nulls(t.used[k]) // one cell is at fault
				}
			}
			return target.Column{}, t.notLabel(x, values, k, "a finite number"+hint)
		}
		if err := t.inRange(t.used[k], labelKey, t.Target.Label, number); err != nil {
			return target.Column{}, err
		}
		numbers[k] = number
	}
	if err := t.different(numbers, "number"); err != nil {
		return target.Column{}, err
	}
	return target.Number(numbers), nil
}

// different refuses labels that are all the same.
func (t *table) different(x []float64, what string) error {
	if len(x) > 0 && slices.Min(x) == slices.Max(x) {
		return t.ErrorAt(labelKey, "found the %s %v on all %d rows used, expected different ones", what, x[0], len(x))
	}
	return nil
}

// names are the levels of values, which must be stated.
func (t *table) levelNames(x *expression, values []any) ([]string, error) {
	names := make([]string, len(values))
	for k, v := range values {
		if v == nil || level(v) == "" {
			return nil, t.notLabel(x, values, k, "a level")
		}
		names[k] = level(v)
	}
	return names, nil
}

func (t *table) ordinalLabels(x *expression, values []any) (target.Column, error) {
	names, err := t.levelNames(x, values)
	if err != nil {
		return target.Column{}, err
	}
	order := []string(t.Target.Order)
	if order == nil {
		var numbers []int
		for k, v := range values {
			number, ok := asNumber(v)
			if !ok || number != math.Trunc(number) {
				return target.Column{}, t.notLabel(x, values, k, "a whole number, or target.order with the levels from the lowest")
			}
			numbers = append(numbers, int(number))
			names[k] = strconv.Itoa(int(number))
		}
		slices.SortFunc(numbers, cmp.Compare)
		for _, n := range slices.Compact(numbers) {
			order = append(order, strconv.Itoa(n))
		}
	}
	for k, name := range names {
		if !slices.Contains(order, name) {
			return target.Column{}, t.notLabel(x, values, k, "one of target.order: "+first(order))
		}
	}
	for _, level := range order {
		if !slices.Contains(names, level) {
			return target.Column{}, t.ErrorAt("target.order", "found level %q, which no row used has; leave it out", level)
		}
	}
	y, err := target.Ordinal(names, order)
	if err != nil {
		return y, t.ErrorAt("target.order", "%w", err)
	}
	return y, nil
}

func (t *table) classLabels(x *expression, values []any) (target.Column, error) {
	names, err := t.levelNames(x, values)
	if err != nil {
		return target.Column{}, err
	}
	return target.Classes(names), nil
}

func (t *table) shareLabels(x *expression, values []any) (target.Column, error) {
	const key = "target.raters"
	var judged []float64
	if t.Target.Raters != "" {
		var err error
		if judged, err = t.numbersOf(key, t.Target.Raters, "how many judged, 1 or more"); err != nil {
			return target.Column{}, err
		}
		n := 0
		for _, v := range judged {
			if v == 0 {
				n++
			}
		}
		if n > 0 {
			return target.Column{}, t.ErrorAt(key, "found 0 on %d of %d rows used, which nobody judged; leave them out with `(%s) > 0` in rows", n, len(judged), t.Target.Raters)
		}
	}
	shares := make([]float64, len(values))
	for k, v := range values {
		share, ok := asNumber(v)
		if !ok || share < 0 || share > 1 {
			expected := "a share from 0 to 1"
			if number, is := v.(float64); is && math.IsNaN(number) {
				expected += "; where nobody judged leave the row out with `rows`"
			}
			if n := t.Target.Raters; ok && share > 1 && n != "" {
				expected += fmt.Sprintf("; of a count write (%s) / (%s)", t.Target.Label, n)
			} else if ok && share > 1 {
				expected += fmt.Sprintf("; of a count write (%s) / N, with N the number judged, and target.raters: N", t.Target.Label)
			}
			return target.Column{}, t.notLabel(x, values, k, expected)
		}
		shares[k] = share
	}
	if err := t.different(shares, "share"); err != nil {
		return target.Column{}, err
	}
	for k, v := range judged {
		// A share written with two decimals may be off by half of the last.
		off := math.Abs(shares[k]*v - math.Round(shares[k]*v))
		switch {
		case !(v > 0):
			return target.Column{}, t.errorOn(t.used[k], key, t.Target.Raters, "found %v, expected how many judged, 1 or more", v)
		case v != math.Trunc(v):
			return target.Column{}, t.errorOn(t.used[k], key, t.Target.Raters, "found %v, expected how many judged, a whole number; leave target.raters out where shares are weighted", v)
		case off > 0.005*v+1e-9:
			return target.Column{}, t.errorOn(t.used[k], labelKey, t.Target.Label, "found share %v of %v judgements, expected a multiple of 1/%v to two decimals, such as %v/%v; leave target.raters out where shares are weighted", shares[k], v, v, math.Round(shares[k]*v), v)
		}
	}
	return target.Share(shares, judged), nil
}

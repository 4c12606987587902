package activations

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// choice is which of the arrays of a file hold the states: one array, or a
// family with one array a layer.
type choice struct {
	names  []string
	family bool
}

// choose picks among the names of the arrays that can hold states. tensor is a
// name, or a pattern with one star such as layers.*; when it is empty there
// must be one array, or a family that differs in one number.
func choose(f *input.File, what string, names []string, tensor string) (choice, error) {
	fail := func(found, expected string) (choice, error) {
		return choice{}, &FormatError{File: f.Path, Part: what, Offset: -1, Found: found, Expected: expected}
	}
	before, after, starred := strings.Cut(tensor, "*")
	switch {
	case tensor == "" && len(names) == 0:
		return choice{}, noStates(f, what)
	case tensor == "" && len(names) == 1:
		return choice{names: names}, nil
	case tensor == "":
		if before, after = commonEnds(names); !numbered(names, before, after) {
			return fail(quoteSome(names), "one; name the tensor, or a pattern such as layers.* for one a layer")
		}
	case !starred:
		if !slices.Contains(names, tensor) {
			return fail(quoteSome(names), fmt.Sprintf("%q among those that can hold states", tensor))
		}
		return choice{names: []string{tensor}}, nil
	case strings.Contains(after, "*"):
		return fail(fmt.Sprintf("%q", tensor), "one star, for the layer; two are for rows and layers in lists or dictionaries of a PyTorch file")
	}
	var family []string
	for _, name := range names {
		if matches(before+"*"+after, name) {
			family = append(family, name)
		}
	}
	if len(family) == 0 {
		return fail(quoteSome(names), fmt.Sprintf("some that match %q", tensor))
	}
	middle := func(name string) string { return name[len(before) : len(name)-len(after)] }
	slices.SortStableFunc(family, func(a, b string) int { return compareNatural(middle(a), middle(b)) })
	return choice{names: family, family: true}, nil
}

// noStates refuses a file none of whose arrays, each described by its name and
// what it is, can hold states.
func noStates(f *input.File, what string, others ...string) error {
	const most = 8
	found, expected := "none with numbers of f16, bf16, f32 or f64", "one that holds the states, rows x width or more"
	if len(others) > 0 {
		found += " among " + strings.Join(others[:min(len(others), most)], ", ")
	}
	if len(others) > most {
		found += fmt.Sprintf(" and %d more", len(others)-most)
	}
	if strings.Contains(found, "uint16") {
		expected += "; declare dtype bf16 where it is kept as uint16"
	}
	return &FormatError{File: f.Path, Part: what, Offset: -1, Found: found, Expected: expected}
}

// matches reports whether name is the tensor or follows the pattern.
func matches(tensor, name string) bool {
	before, pattern, starred := strings.Cut(tensor, "*")
	if !starred {
		return name == tensor
	}
	rest, ok := strings.CutPrefix(name, before)
	for ok {
		middle, after, more := strings.Cut(pattern, "*")
		if !more {
			return strings.HasSuffix(rest, middle)
		}
		_, rest, ok = strings.Cut(rest, middle)
		pattern = after
	}
	return false
}

// axes names the stored axes of every chosen array.
func (c choice) axes(f *input.File, spec Spec, rank int) ([]Axis, error) {
	if !c.family {
		return spec.Axes, nil
	}
	if slices.Contains(spec.Axes, Layer) {
		return nil, &FormatError{File: f.Path, Part: "axes", Offset: -1,
			Found: fmt.Sprint(spec.Axes), Expected: fmt.Sprintf("no layer axis: the layers are %s", quoteSome(c.names))}
	}
	if spec.Axes == nil && rank == 3 {
		return []Axis{Row, Position, Width}, nil
	}
	return spec.Axes, nil
}

// commonEnds returns what all names begin and end with, up to the digits.
func commonEnds(names []string) (before, after string) {
	before, after = names[0], names[0]
	for _, name := range names[1:] {
		n := 0
		for n < min(len(before), len(name)) && before[n] == name[n] {
			n++
		}
		before = before[:n]
		n = 0
		for n < min(len(after), len(name)) && after[len(after)-1-n] == name[len(name)-1-n] {
			n++
		}
		after = after[len(after)-n:]
	}
	const digits = "0123456789"
	return strings.TrimRight(before, digits), strings.TrimLeft(after, digits)
}

func numbered(names []string, before, after string) bool {
	for _, name := range names {
		if len(name) <= len(before)+len(after) {
			return false
		}
		if strings.Trim(name[len(before):len(name)-len(after)], "0123456789") != "" {
			return false
		}
	}
	return true
}

// compareNatural puts numbers in order of size and before other names.
func compareNatural(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// quoteSome lists names for an error message.
func quoteSome(names []string) string {
	const most = 8
	quoted := make([]string, min(len(names), most))
	for i := range quoted {
		quoted[i] = strconv.Quote(names[i])
	}
	text := strings.Join(quoted, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	if text == "" {
		return "none"
	}
	return text
}

package activations

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// expand replaces globs by the paths that match, in natural order, and those with
// placeholders of shards in the order of their numbers.
func expand(patterns []string) ([]string, error) {
	if len(patterns) == 0 {
		return nil, errors.New("no path to a dump is given")
	}
	var paths []string
	seen := map[string]bool{}
	for _, pattern := range patterns {
		matches := []string{pattern}
		switch {
		case hasMarks(pattern):
			files, err := numberedFiles(pattern)
			if err != nil {
				return nil, err
			}
			matches = nil
			for _, f := range files {
				matches = append(matches, f.path)
			}
		case isPattern(pattern):
			var err error
			if matches, err = globbed(pattern); err != nil {
				return nil, err
			}
		}
		for _, path := range matches {
			if seen[path] {
				return nil, fmt.Errorf("%s: given twice, its rows would count twice", Printable(path))
			}
			seen[path] = true
			paths = append(paths, path)
		}
	}
	return expandDatasets(paths)
}

// isPattern reports whether a path stands for those that match it.
func isPattern(path string) bool {
	if input.IsRemote(path) {
		return input.HasPattern(path)
	}
	_, err := os.Stat(path)
	return err != nil && strings.ContainsAny(path, "*?[")
}

// globbed are the files that match a pattern, in natural order.
func globbed(pattern string) ([]string, error) {
	matches, err := input.Glob(pattern)
	if err == nil && len(matches) == 0 {
		return nil, fmt.Errorf("%s: no file matches", Printable(pattern))
	}
	if err != nil && !input.IsRemote(pattern) {
		err = fmt.Errorf("%s: %w", Printable(pattern), err)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(matches, naturalOrder)
	if gap := missingShards(matches); gap != nil {
		return nil, gap
	}
	return matches, nil
}

// shardName matches names such as part-00002-of-00004.parquet.
var shardName = regexp.MustCompile(`^(.*?)(\d+)-of-(\d+)(\.[^/]*)?$`)

// missingShards finds files that are numbered among so many where some of the
// numbers are not there. They count from 0 or from 1.
func missingShards(paths []string) error {
	type set struct{ before, total, after string }
	found := map[set]map[int]bool{}
	for _, path := range paths {
		m := shardName.FindStringSubmatch(path)
		if m == nil {
			continue
		}
		s := set{m[1], m[3], m[4]}
		if found[s] == nil {
			found[s] = map[int]bool{}
		}
		if n, err := strconv.Atoi(m[2]); err == nil {
			found[s][n] = true
		}
	}
	for s, numbers := range found {
		total, err := strconv.Atoi(s.total)
		if err != nil || len(numbers) >= total {
			continue
		}
		first := 1
		if numbers[0] {
			first = 0
		}
		var missing []string
		for n := first; n < first+total && len(missing) < 8; n++ {
			if !numbers[n] {
				missing = append(missing, strconv.Itoa(n))
			}
		}
		return &FormatError{File: fmt.Sprintf("%s*-of-%s%s", s.before, s.total, s.after), Part: "shards", Offset: -1,
			Found:    fmt.Sprintf("%d of %d, without %s", len(numbers), total, strings.Join(missing, ", ")),
			Expected: "all of them; to read those that are there, list their paths"}
	}
	return nil
}

// naturalOrder compares names with the numbers in them by size, so that hs_2
// comes before hs_10: exporters that name a file for every request do not pad.
func naturalOrder(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		nx, ny := digits(x), digits(y)
		if nx > 0 && ny > 0 {
			p, q := strings.TrimLeft(x[:nx], "0"), strings.TrimLeft(y[:ny], "0")
			if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
				return c
			}
			x, y = x[nx:], y[ny:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits counts the digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

package compare

import (
	"fmt"
	"strings"

	"tell/estimate"
)

// Joined are the rows of two tables that belong together.
type Joined struct {
	// Rows[0][i] and Rows[1][i] are the rows of one id, in the order of the
	// first table.
	Rows [2][]int
	// Lost are the ids that stand in one table alone.
	Lost [2][]string
}

// Join finds the ids that stand in both of two tables, which have names. An id
// that stands twice in one table is an error.
func Join(names [2]string, ids [2][]string) (Joined, error) {
	var j Joined
	var at [2]map[string]int
	for k := range ids {
		if err := once(names[k], ids[k]); err != nil {
			return j, err
		}
		at[k] = make(map[string]int, len(ids[k]))
		for i, id := range ids[k] {
			at[k][id] = i
		}
	}
	for i, id := range ids[0] {
		if other, both := at[1][id]; both {
			j.Rows[0], j.Rows[1] = append(j.Rows[0], i), append(j.Rows[1], other)
		} else {
			j.Lost[0] = append(j.Lost[0], id)
		}
	}
	for _, id := range ids[1] {
		if _, both := at[0][id]; !both {
			j.Lost[1] = append(j.Lost[1], id)
		}
	}
	return j, nil
}

// once refuses ids that occur twice.
func once(what string, ids []string) error {
	seen := make(map[string]int, len(ids))
	var twice []string
	for _, id := range ids {
		if seen[id]++; seen[id] == 2 {
			twice = append(twice, id)
		}
	}
	if len(twice) > 0 {
		return fmt.Errorf("compare: %s: found %d ids that occur more than once (%s), expected every id once", what, len(twice), first(twice))
	}
	return nil
}

// first quotes the first of some ids.
func first(ids []string) string {
	const most = 3
	var quoted []string
	for _, id := range ids[:min(most, len(ids))] {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	if more := len(ids) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), more)
	}
	return strings.Join(quoted, ", ")
}

// Lost is the flag of a count of rows that have no partner.
const Lost = "no-partner"

// lostLine counts the ids that stand on one side alone. kept of them stand on both.
func lostLine(key string, names [2]string, lost [2][]string, kept int) Line {
	n := len(lost[0]) + len(lost[1])
	l := Line{Train: names[0], Test: names[1], Layer: None, Position: None, Key: key,
		Estimate: estimate.Estimate{Value: float64(n), N: kept + n, Method: "count"}}
	for k, ids := range lost {
		if len(ids) > 0 {
			l.Estimate.Warn(Lost, "%d only in %s: %s", len(ids), names[k], first(ids))
		}
	}
	return l
}

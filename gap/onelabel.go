package gap

// Only is a behaviour that occurs with one label.
type Only struct {
	Behaviour, Label int
}

// OneLabel finds the behaviours that occur with one label only, where both
// labels occur, in a count of rows by behaviour, then by label.
func OneLabel(rows [2][2]int) []Only {
	var found []Only
	for b := range rows {
		for y, n := range rows[b] {
			if n > 0 && rows[b][1-y] == 0 && rows[1-b][1-y] > 0 {
				found = append(found, Only{b, y})
			}
		}
	}
	return found
}

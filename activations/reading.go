package activations

// Reading says in plain data which positions of its rows a dump reads.
type Reading struct {
	// Position is what the Spec asks for, empty where all positions are kept.
	Position string
	// Words says the same in words, such as "the last position of the row".
	Words string
	// Length and Mask are the columns, the array or the file of the Spec that say
	// which positions count; all do where both are empty.
	Length, Mask string
	// Names has a name for each position of the dump's shape; see PositionNames.
	Names []string
}

// Reading says which positions of its rows the dump reads.
func (d *Dump) Reading() Reading {
	r := Reading{Position: d.spec.Position, Length: d.spec.Length, Mask: d.spec.Mask, Names: d.PositionNames()}
	r.Words = d.chosen.Words(r.Length != "" || r.Mask != "")
	return r
}

// PositionNames returns a name for each position of the dump's shape.
//
//	all positions are kept   position 0, position 1, ...
//	first, last              first position, last position
//	a number such as -2      position -2
//	a range such as -4:      position -4, ..., position -1
//	mean                     mean over positions
//	a column                 position at COLUMN
//
// unless Spec.PositionNames has them.
func (d *Dump) PositionNames() []string {
	names := make([]string, d.shape.Positions)
	for i := range names {
		if i < len(d.spec.PositionNames) {
			names[i] = d.spec.PositionNames[i]
			continue
		}
		names[i] = d.chosen.Name(i)
	}
	return names
}

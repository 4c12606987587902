package folds

import "fmt"

// RowsExchanged is the code of a test that took single rows of uneven groups to
// be exchangeable.
const RowsExchanged = "rows-exchanged"

// Validity says whether a permutation test is known to hold.
type Validity struct {
	// Exact means that the arrangements follow from the design: under the null
	// hypothesis p <= a at most with probability a.
	Exact bool
	// Flag is a stable code and Reason a sentence of why not; empty where
	// Exact.
	Flag, Reason string
	// Uneven groups have both labels in unequal number; UnevenRows are their
	// rows.
	Uneven, UnevenRows int
}

// Validity tells whether the test holds. It does with units that were given, on
// the word of whoever gave them, and without uneven groups. Without units, rows
// of an uneven group are exchanged one by one, which is right only where none of
// them share anything but their group; where they are wordings of claims, a test
// at .05 has rejected a true null hypothesis in a quarter of made-up data sets.
// A table whose rows are all claims of their own says so by a unit for each row.
func (p *Permuter) Validity() Validity {
	var v Validity
	for _, class := range p.classes {
		if class[0].kind != unevenBlock {
			continue
		}
		v.Uneven += len(class)
		v.UnevenRows += len(class) * class[0].rows
	}
	v.Exact = p.units || v.Uneven == 0
	if !v.Exact {
		v.Flag = RowsExchanged
		v.Reason = fmt.Sprintf("in %d groups with labels in unequal number, %d rows were taken as exchangeable one by one; no valid test is known where several of them word one claim and no column names the claims", v.Uneven, v.UnevenRows)
	}
	return v
}

// NamesClaims tells whether a column, such as the id or the text of a claim,
// can name the units of a test: within every group rows of one value carry one
// label, and in some uneven group it repeats a value and yet parts rows of one
// label. The last rules out a column that says no more than the label does, the
// one before a column of single rows.
func NamesClaims(label, group, column []int) bool {
	blocks, err := blocksOf(label, group, nil, column)
	if err != nil {
		return false
	}
	for _, b := range blocks {
		if b.kind == unevenBlock && len(b.units) > 2 && len(b.units) < b.rows {
			return true
		}
	}
	return false
}

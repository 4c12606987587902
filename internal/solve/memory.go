package solve

// Problem is the size of what is trained in one call: an n x d matrix, and so many
// splits, targets and values of C. Levels are those of a class or ordinal target.
type Problem struct{ Rows, Columns, Splits, Targets, Penalties, Levels int }

// WorkingBytes is about what a family holds beside the matrix.
func WorkingBytes(family string, p Problem) int64 {
	for _, f := range families {
		if f.name == family && f.bytes != nil {
			return f.bytes(p)
		}
	}
	return logisticBytes(p)
}

// columnBytes is what so many columns take, each some vectors of both lengths.
func (p Problem) columnBytes(columns int) int64 {
	const vectors = 16
	return 8 * vectors * int64(columns) * int64(p.Rows+p.Columns)
}

// singleBytes is the copy in single precision.
func (p Problem) singleBytes() int64 {
	if p.Rows*p.Columns > maxSingle {
		return 0
	}
	return 4 * int64(p.Rows) * int64(p.Columns)
}

func logisticBytes(p Problem) int64 {
	square := int64(p.Rows) * int64(p.Rows)
	if suitsDual(p.Rows, p.Columns, p.Targets) {
		splits := abreast(p.Rows)
		return p.columnBytes(splits*min(p.Targets, Together(p.Rows, p.Columns))) + 8*3*int64(splits)*square + p.singleBytes()
	}
	bytes := p.columnBytes(p.Splits*min(p.Targets, targetsTogether(p.Rows, p.Columns, p.Splits))) + p.singleBytes()
	if suitsWide(p.Rows, p.Columns, p.Splits*p.Targets*max(1, p.Penalties)) {
		bytes += 4 * square
	}
	return bytes
}

// likelihoodBytes is for probes of a likelihood with one output.
func likelihoodBytes(p Problem) int64 { return outputBytes(p, 1) }

// softmaxBytes is for probes with columns for every class.
func softmaxBytes(p Problem) int64 { return outputBytes(p, max(1, p.Levels)) }

func outputBytes(p Problem, outputs int) int64 {
	width, splits, more := p.Columns, p.Splits, p.singleBytes()
	if suitsReduced(p.Rows, p.Columns, p.Targets*max(1, p.Penalties)*outputs) {
		const squares = 4 // coordinates, factor, and what Hessians are made of
		width, splits = p.Rows, min(p.Splits, abreast(p.Rows))
		more = 8 * squares * int64(splits) * int64(p.Rows) * int64(p.Rows)
	}
	together := max(1, targetsTogether(p.Rows, width, splits)/outputs)
	// States, derivatives and images of every class are twice those of a single column.
	return 2*p.columnBytes(splits*min(p.Targets, together)*outputs) + more
}

// squaresBytes is for least squares: products of rows or columns and their factors for
// every split at work, what splits share, and columns for every target and C.
func squaresBytes(p Problem) int64 {
	const copies = 5 // products, factor, rows outside training, three in single precision
	size := int64(min(p.Rows, p.Columns))
	columns := p.Targets * max(1, p.Penalties) * max(1, p.Levels-1)
	bytes := (int64(abreast(p.Rows))*copies+1)*8*size*size + p.columnBytes(min(columns, max(Together(p.Rows, p.Columns), p.Penalties, p.Levels)))
	bytes += int64(abreast(p.Rows)) * min(factorBytes, 2*size*size*int64(p.Penalties))
	bytes += 2 * p.singleBytes() // a copy of the rows, and for ridge another, whitened
	if p.Levels <= 1 && columns*rowsJoint <= p.Rows && p.Rows >= p.Columns {
		bytes += min(jointBytes, p.columnBytes(p.Splits*columns))
	}
	if p.Levels > 1 {
		bytes += 4 * int64(min(maxSingle, p.Targets*p.Levels*p.Columns)) // sums of classes
		if rows := p.Rows * p.Columns; rows <= maxWhitened {
			bytes += 4 * int64(rows)
		}
	}
	return bytes
}

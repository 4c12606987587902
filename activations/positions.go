package activations

import "tell/activations/positions"

// Span is the positions from From up to To, without it.
type Span = positions.Span

// RowPositions says which positions of the rows count, and which one to read,
// where that differs between them.
type RowPositions = positions.RowPositions

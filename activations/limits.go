package activations

// Compressed bytes may unpack to a temporary file of almost any size, but what
// is kept in memory is bounded by the size of the file that it comes from.

// unpackLimit is the most memory that what is unpacked from a file of so many
// bytes may take. It goes by the whole file and not by the compressed bytes of
// one column: a mask, or the layer of an embedding, may shrink a
// thousandfold beside states that hardly shrink.
func unpackLimit(size int64) int64 {
	const floor, ratio = 16 << 20, 256
	return max(floor, min(size, 1<<50)*ratio)
}

// spoolLimit is the most that a file of so many bytes may unpack to on disk.
// Only numbers that are almost all the same shrink by more.
func spoolLimit(size int64) int64 {
	const floor, ratio = 1 << 30, 1 << 16
	return max(floor, min(size, 1<<40)*ratio)
}

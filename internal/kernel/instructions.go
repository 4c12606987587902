package kernel

// Instructions names the vector instructions that float64 products run on,
// "AVX-512" for instance, or "gonum" where no kernel fits the processor and
// gonum's own code does all.
func Instructions() string {
	if double == nil {
		return "gonum"
	}
	return double.name
}

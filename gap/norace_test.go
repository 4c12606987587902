//go:build !race

package gap_test

const raceDetector = false

package estimate

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// cases are statistics of groups of rows whose draws carry two or three
// decimals.
func cases(seed uint64) (code []int, f map[string]Statistics) {
	r := rand.New(Source(seed, 4))
	var skewed, shares, narrow []float64
	for g := range 80 {
		group := r.NormFloat64()
		for range 4 {
			code = append(code, g)
			skewed = append(skewed, math.Exp(group/2+r.NormFloat64()/2)/8)
			narrow = append(narrow, 0.4+0.01*(group+r.NormFloat64()))
			right := 0.
			if group+r.NormFloat64() > -1.5 {
				right = 1
			}
			shares = append(shares, right)
		}
	}
	return code, map[string]Statistics{"skewed": meanOf(skewed), "variance": varianceOf(skewed), "share": meanOf(shares), "narrow": meanOf(narrow)}
}

// The errors of the ends are what they vary by over seeds.
func TestErrorsOfEnds(t *testing.T) {
	for name := range map[string]bool{"skewed": true, "variance": true, "share": true, "narrow": true} {
		code, all := cases(1)
		var low, high, lowError, highError []float64
		for seed := range uint64(60) {
			i := Bootstrap{Seed: seed, Draws: 1000}.Estimate(code, 1, all[name])[0].Interval
			low, high = append(low, i.Low), append(high, i.High)
			lowError, highError = append(lowError, i.LowError), append(highError, i.HighError)
		}
		for _, end := range []struct {
			name        string
			ends, error []float64
		}{{"low", low, lowError}, {"high", high, highError}} {
			// A standard deviation of 60 has an error of 9%.
			is, said := stat.StdDev(end.ends, nil), stat.Mean(end.error, nil)
			if ratio := said / is; ratio < 0.75 || ratio > 1.4 {
				t.Errorf("%s, %s end: it varies by %.2g over seeds, its error is given as %.2g", name, end.name, is, said)
			}
		}
	}
}

// Over 20 seeds the ends as they are printed differ by at most one unit of the
// last decimal in at least 95% of pairs of seeds.
func TestPrintedDigitsHold(t *testing.T) {
	pairs, apart := 0, 0
	seen := make(map[int]int)
	for data := range uint64(6) {
		code, all := cases(10 + data)
		for _, f := range all {
			var intervals []Interval
			for seed := range uint64(20) {
				intervals = append(intervals, *Bootstrap{Seed: 100 + seed, Draws: 1000}.Estimate(code, 1, f)[0].Interval)
			}
			for i, a := range intervals {
				for _, b := range intervals[:i] {
					digits := min(a.Digits(), b.Digits())
					if unit := math.Pow10(-digits); carried*max(a.LowError, a.HighError, b.LowError, b.HighError) > unit {
						continue // two decimals are printed whatever they hold
					}
					seen[digits]++
					pairs += 2
					for _, ends := range [][2]float64{{a.Low, b.Low}, {a.High, b.High}} {
						if printedUnits(ends[0], digits)-printedUnits(ends[1], digits) > 1 || printedUnits(ends[1], digits)-printedUnits(ends[0], digits) > 1 {
							apart++
						}
					}
				}
			}
		}
	}
	if seen[2] == 0 || seen[3] == 0 {
		t.Errorf("pairs by decimals %v, want some with 2 and some with 3", seen)
	}
	if share := float64(apart) / float64(pairs); share > 0.05 {
		t.Errorf("%.1f%% of %d pairs of printed ends are more than one unit apart, want at most 5%%", 100*share, pairs)
	}
}

// printedUnits is a number as it is printed, in units of the last decimal.
func printedUnits(x float64, digits int) int {
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', digits, 64), 64)
	if err != nil {
		panic(err)
	}
	return int(math.Round(v * math.Pow10(digits)))
}

func TestDigits(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      int
	}{{0, 0, 3}, {0.0004, 0.0001, 3}, {0.0001, 0.0005, 2}, {0.3, 0, 2}} {
		e := Estimate{Value: 0.28449, Interval: &Interval{Low: 0.2, High: 0.3, LowError: c.low, HighError: c.high}}
		if got := e.Interval.Digits(); got != c.want {
			t.Errorf("errors %v and %v: %d decimals, expected %d", c.low, c.high, got, c.want)
		}
		if want := map[int]string{2: "+0.28 [+0.20, +0.30]", 3: "+0.284 [+0.200, +0.300]"}[c.want]; e.Signed() != want {
			t.Errorf("printed %s, expected %s", e.Signed(), want)
		}
	}
}

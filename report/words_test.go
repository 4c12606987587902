package report

import (
	"testing"

	"tell/estimate"
)

func TestNumbersInWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number(-0.25, 2), "−0.25"},
		{number(-0.001, 2), "0.00"},
		{signed(0.25, 1), "+0.2"},
		{signed(-0.26, 1), "−0.3"},
		{signed(0.0001, 2), "0.00"},
		{pValue(0.0004), "< 0.001"},
		{pValue(0.0204), "0.020"},
		{grouped(576), "576"},
		{grouped(1234567), "1\u202f234\u202f567"},
		{grouped(-1234), "-1\u202f234"},
		{count(1, "row", "rows"), "1 row"},
		{count(0, "row", "rows"), "0 rows"},
		{level(0.95), "95%"},
		{level(0.995), "99.5%"},
		{points(0.2845, 1), "28.4"},
		{points(-0.0004, 1), "0.0"},
		{points(-0.1, 0), "−10"},
		{points(1, 1), "100.0"},
		{points(0.005, 1), "0.5"},
		{signedPoints(0.07, 1), "+7.0"},
		{signedPoints(-0.0716, 1), "−7.2"},
		{level(0.8), "80%"},
		{level(0.9995), "99.95%"},
		{level(0.07), "7%"},
		{oneLine(" a\r\n b\x00\u202ec ", 9), "a bc"},
		{oneLine("abcdef", 4), "abc…"},
		{sentence("rows are few"), "Rows are few."},
		{sentence(""), ""},
		{scoreText(0.99999), "> 0.999"},
		{scoreText(1), "1.000"},
		{scoreText(0.0001), "< 0.001"},
		{scoreText(0.5), "0.500"},
	} {
		if c.got != c.want {
			t.Errorf("found %q, expected %q", c.got, c.want)
		}
	}
}

// A tie goes to the even digit if it is one in the value as it is stored, at
// whatever scale and by whatever function it is printed.
func TestRoundingIsOneRule(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number(0.5, 0), "0"}, {number(1.5, 0), "2"}, {number(2.5, 0), "2"}, {number(-0.5, 0), "0"},
		{number(0.125, 2), "0.12"}, {number(0.375, 2), "0.38"}, {signed(-0.125, 2), "−0.12"},
		{points(0.0625, 1), "6.2"}, {points(0.1875, 1), "18.8"}, {signedPoints(0.0625, 1), "+6.2"},
		{points(0.005, 0), "1"}, {points(0.015, 0), "1"}, {points(0.125, 0), "12"},
	} {
		if c.got != c.want {
			t.Errorf("found %q, expected %q", c.got, c.want)
		}
	}
	for k := range 4000 {
		x := float64(k) / 4000
		if got, want := number(x, 3), (estimate.Estimate{Value: x}).String(); got != want {
			t.Fatalf("%v is printed %q here and %q by package estimate", x, got, want)
		}
		if got, want := timesHundred(number(x, 3)), points(x, 1); got != want {
			t.Fatalf("%v is printed %q as a share and %q in points", x, got, want)
		}
	}
}

// Ends that would print alike get a decimal more, where the draws carry it.
func TestDigitsOfANarrowInterval(t *testing.T) {
	for _, c := range []struct {
		low, high, err float64
		want           int
	}{{0.979, 0.991, 0, 2}, {0.9856, 0.9862, 0, 3}, {0.9851, 0.9853, 0.002, 2}, {0.2, 0.4, 0, 2}} {
		e := estimate.Estimate{Value: c.low, Interval: &estimate.Interval{Low: c.low, High: c.high, LowError: c.err}}
		if got := digitsOf(e, 2); got != c.want {
			t.Errorf("%v to %v: found %d decimals, want %d", c.low, c.high, got, c.want)
		}
	}
}

package report

import "testing"

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
		{grouped(1234567), "1\u2009234\u2009567"},
		{grouped(-1234), "-1\u2009234"},
		{count(1, "row", "rows"), "1 row"},
		{count(0, "row", "rows"), "0 rows"},
		{level(0.95), "95%"},
		{level(0.995), "99.5%"},
		{points(0.2845), "28.4"},
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

package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tell/estimate"
)

// number prints x with the given digits after the point and a true minus sign.
// It is the one place where numbers are rounded: to the nearest decimal of the
// value as it is stored, and a true tie to the even digit, as package estimate
// does.
func number(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return minus(s)
}

// minus writes a number, or a range of numbers, with true minus signs.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// timesHundred moves the point of a printed number, so that a share and its
// percentage are rounded alike.
func timesHundred(s string) string {
	whole, part, _ := strings.Cut(s, ".")
	part += strings.Repeat("0", max(0, 2-len(part)))
	sign := strings.TrimRight(whole, "0123456789")
	whole = strings.TrimLeft(whole[len(sign):]+part[:2], "0")
	if whole == "" {
		whole = "0"
	}
	if part = part[2:]; part != "" {
		part = "." + part
	}
	return sign + whole + part
}

// signed is number with the sign always shown, except for zero.
func signed(x float64, digits int) string {
	s := number(x, digits)
	if strings.HasPrefix(s, "−") || strings.Trim(s, "0.") == "" {
		return s
	}
	return "+" + s
}

// interval prints the interval of an estimate, or nothing.
func interval(e estimate.Estimate, digits int, format func(float64, int) string) string {
	if e.Interval == nil {
		return ""
	}
	return "[" + format(e.Interval.Low, digits) + ", " + format(e.Interval.High, digits) + "]"
}

// valueWithInterval prints "0.942 [0.921, 0.960]" or "not estimable".
func valueWithInterval(e estimate.Estimate, digits int, format func(float64, int) string) string {
	if !e.OK() {
		return "not estimable"
	}
	return strings.TrimSpace(format(e.Value, digits) + " " + interval(e, digits, format))
}

// pValue prints a p-value as papers do.
func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return number(p, 3)
}

// points prints a share or a difference of shares in percentage points, "28.4".
func points(share float64, digits int) string { return timesHundred(number(share, digits+2)) }

// signedPoints is points with the sign always shown, except for zero.
func signedPoints(share float64, digits int) string { return timesHundred(signed(share, digits+2)) }

// count prints "1 row" or "576 rows", with thousands apart.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// grouped prints n with thin spaces between thousands, at which no line ends.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// level prints a confidence level with all its digits, "95%".
func level(x float64) string { return timesHundred(strconv.FormatFloat(x, 'f', -1, 64)) + "%" }

// oneLine makes a label of any text: line breaks become spaces, and more than
// limit runes end in an ellipsis.
func oneLine(s string, limit int) string {
	return shorten(strings.Join(strings.Fields(printable(s)), " "), limit)
}

// printable drops what neither XML nor a page can show, and the marks that
// turn the direction of all text after them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF:
			return -1
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// shorten cuts text to limit runes, the last of them an ellipsis.
func shorten(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit-1]) + "…"
}

// capital makes the first letter a capital.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	s = capital(strings.TrimSpace(s))
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// digitsOf is how many decimals of an estimate are printed: at most so many, or one more
// where the ends of its interval would print alike, and no more than its bootstrap draws carry.
func digitsOf(e estimate.Estimate, most int) int {
	in := e.Interval
	if in == nil {
		return most
	}
	if number(in.Low, most) == number(in.High, most) {
		most++
	}
	return min(most, in.Digits())
}

// pointsOf is digitsOf for a share that is printed in percent: at most one
// decimal.
func pointsOf(e estimate.Estimate) int {
	if e.Interval == nil && e.N < 1000 {
		return 0 // a decimal would be less than a row
	}
	return max(0, digitsOf(e, 3)-2)
}

// lowerFirst makes the first letter a small one.
func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[size:]
}

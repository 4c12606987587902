package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"tell/internal/estimate"
)

// number prints x with the given digits after the point and a true minus sign.
func number(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
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

// percent prints a share, "25%".
func percent(share float64) string { return number(100*share, 0) + "%" }

// points prints a difference of shares in percentage points, "28.4".
func points(difference float64) string { return number(100*difference, 1) }

// count prints "1 row" or "576 rows", with thousands apart.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// grouped prints n with a thin space between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}

// level prints a confidence level, "95%".
func level(x float64) string { return strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64) + "%" }

// oneLine makes a label of any text: line breaks and control characters become
// spaces, and more than limit runes end in an ellipsis.
func oneLine(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF
	}), " ")
	return shorten(s, limit)
}

// shorten cuts text to limit runes, the last of them an ellipsis.
func shorten(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit-1]) + "…"
}

// list joins words as a sentence does.
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return fmt.Sprintf("%s and %s", strings.Join(words[:last], ", "), words[last])
}

package tfidf

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// The n-grams that are counted.
const (
	minWords, maxWords = 1, 2
	minChars, maxChars = 2, 5
)

// lower maps to lower case as Python's str.lower does, by Unicode's full
// mapping.
func lower(text string) string {
	return cases.Lower(language.Und).String(text)
}

// wordGrams lists the n-grams of words of a lower-case text, joined by single
// spaces. A word is a run of two or more letters, digits and underscores: the
// token pattern (?u)\b\w\w+\b.
func wordGrams(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) })
	n := 0
	for _, w := range words {
		if len([]rune(w)) >= 2 {
			words[n] = w
			n++
		}
	}
	words = words[:n]

	var grams []string
	for n := minWords; n <= maxWords; n++ {
		for i := 0; i+n <= len(words); i++ {
			grams = append(grams, strings.Join(words[i:i+n], " "))
		}
	}
	return grams
}

// charGrams lists the n-grams of characters within the words of a lower-case
// text, each word padded with a space on both sides. A padded word of at most n
// characters is one n-gram, once.
func charGrams(text string) []string {
	var grams []string
	for _, w := range strings.FieldsFunc(text, isSpace) {
		chars := []rune(" " + w + " ")
		for n := minChars; n <= maxChars; n++ {
			grams = append(grams, string(chars[:min(n, len(chars))]))
			for i := 1; i+n <= len(chars); i++ {
				grams = append(grams, string(chars[i:i+n]))
			}
			if n >= len(chars) {
				break
			}
		}
	}
	return grams
}

// isWord is Python's \w.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// isSpace is Python's str.isspace, which counts the four separators of ASCII
// besides Unicode's white space.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}

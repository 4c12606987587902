package tfidf

import (
	"strings"
	"unicode"
	"unicode/utf8"

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
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // U+FFFD for each byte of no character
	}
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
	var starts []int // of the characters in a padded word, and its end
	for _, w := range strings.FieldsFunc(text, isSpace) {
		w = " " + w + " "
		starts = starts[:0]
		for at := range w {
			starts = append(starts, at)
		}
		chars := len(starts)
		starts = append(starts, len(w))
		for n := minChars; n <= maxChars; n++ {
			grams = append(grams, w[:starts[min(n, chars)]])
			for i := 1; i+n <= chars; i++ {
				grams = append(grams, w[starts[i]:starts[i+n]])
			}
			if n >= chars {
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

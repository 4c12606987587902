// Package tfidf turns texts into the features of a text-only probe: TF-IDF of
// word n-grams (1 to 2) and of character n-grams within words (2 to 5).
//
// Both blocks are defined as by scikit-learn's TfidfVectorizer with
// ngram_range=(1, 2), and with analyzer="char_wb" and ngram_range=(2, 5): lower
// case, words of at least two characters, raw counts times
//
//	idf(t) = ln((1 + n) / (1 + df(t))) + 1
//
// for n training texts of which df(t) hold the term, and rows scaled to unit
// Euclidean length within each block. Vocabulary and idf come from the training
// texts alone.
//
// Of a text longer than MaxText only the beginning is analysed; Vectorizer.Cut and
// Matrix.Cut say of how many.
package tfidf

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// Settings choose the vocabulary.
type Settings struct {
	// MinDF is the number of training texts that a term must occur in to
	// be used; 0 means 1.
	MinDF int
}

// Vectorizer holds what was learned from the training texts.
type Vectorizer struct {
	blocks []*vocabulary
	cut    int
}

// MaxText is how many bytes of a text are analysed: far more than a prompt, and
// little enough that a file pasted into one does not take the memory.
const MaxText = 256 << 10

// begin is the beginning of a text that is analysed.
func begin(text string) (analysed string, cut bool) {
	if len(text) <= MaxText {
		return text, false
	}
	n := MaxText
	for n > MaxText-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n], true
}

// Cut is how many of the training texts were longer than MaxText, and cut there.
func (v *Vectorizer) Cut() int { return v.cut }

// Fit learns the vocabulary and the idf from training texts. It is an error if
// no term is left.
func Fit(texts []string, s Settings) (*Vectorizer, error) {
	lowered := make([]string, len(texts))
	v := &Vectorizer{}
	for i, text := range texts {
		text, cut := begin(text)
		if cut {
			v.cut++
		}
		lowered[i] = lower(text)
	}
	for _, analyze := range []func(string) []string{wordGrams, charGrams} {
		v.blocks = append(v.blocks, learn(lowered, analyze, max(s.MinDF, 1)))
	}
	if v.cols() == 0 {
		if s.MinDF > 1 {
			return nil, fmt.Errorf("text features: no term occurs in at least %d of the %d training texts", s.MinDF, len(texts))
		}
		return nil, errors.New("text features: the training texts hold no words")
	}
	return v, nil
}

// Transform returns a row of features for every text. Terms that are not in the
// vocabulary are left out; a text without any known term is a row of zeros.
func (v *Vectorizer) Transform(texts []string) *Matrix {
	m := &Matrix{Rows: len(texts), Cols: v.cols(), Indptr: make([]int, 1, len(texts)+1)}
	for _, text := range texts {
		text, cut := begin(text)
		if cut {
			m.Cut++
		}
		text = lower(text)
		first := 0
		for _, b := range v.blocks {
			b.appendTo(m, text, first)
			first += len(b.terms)
		}
		m.Indptr = append(m.Indptr, len(m.Values))
	}
	return m
}

// Terms names the columns: the word n-grams in byte order, then the character
// n-grams.
func (v *Vectorizer) Terms() []string {
	var terms []string
	for _, b := range v.blocks {
		terms = append(terms, b.terms...)
	}
	return terms
}

func (v *Vectorizer) cols() int {
	n := 0
	for _, b := range v.blocks {
		n += len(b.terms)
	}
	return n
}

// vocabulary is one block of columns.
type vocabulary struct {
	analyze func(string) []string
	terms   []string // sorted
	idf     []float64
	column  map[string]int32
}

func learn(texts []string, analyze func(string) []string, minDF int) *vocabulary {
	type uses struct{ texts, last int } // last is the text that held a term last, counted from 1
	used := make(map[string]uses)
	for i, text := range texts {
		for _, g := range analyze(text) {
			if u := used[g]; u.last != i+1 {
				used[g] = uses{u.texts + 1, i + 1}
			}
		}
	}
	maps.DeleteFunc(used, func(_ string, u uses) bool { return u.texts < minDF })

	b := &vocabulary{analyze: analyze, terms: slices.Sorted(maps.Keys(used)), column: make(map[string]int32, len(used))}
	for j, term := range b.terms {
		b.column[term] = int32(j)
		b.idf = append(b.idf, math.Log(float64(1+len(texts))/float64(1+used[term].texts))+1)
	}
	return b
}

// appendTo adds the entries of a lower-case text, whose block begins at column
// first, to the last row of m.
func (b *vocabulary) appendTo(m *Matrix, text string, first int) {
	var columns []int32
	for _, g := range b.analyze(text) {
		if j, known := b.column[g]; known {
			columns = append(columns, j)
		}
	}
	slices.Sort(columns)
	begin := len(m.Values)
	var squares float64
	for at := 0; at < len(columns); {
		j, from := columns[at], at
		for at < len(columns) && columns[at] == j {
			at++
		}
		x := float64(at-from) * b.idf[j]
		squares += x * x
		m.Indices = append(m.Indices, int32(first)+j)
		m.Values = append(m.Values, x)
	}
	norm := math.Sqrt(squares)
	for e := begin; e < len(m.Values); e++ {
		m.Values[e] /= norm
	}
}

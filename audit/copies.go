package audit

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"tell/activations"
	"tell/probe/tfidf"
)

// Fingerprints reads the hidden states of the given rows at one layer and
// position and gives each a number by which equal states are found.
func Fingerprints(d *activations.Dump, rows []int, layer, position int) ([]uint64, error) {
	prints := make([]uint64, len(rows))
	state := make([]float64, d.Shape().Width)
	raw := make([]byte, 8*len(state))
	for i, row := range rows {
		if err := d.ReadFloat64(state, layer, position, row, row+1); err != nil {
			return nil, err
		}
		prints[i] = fingerprint(state, raw)
	}
	return prints, nil
}

// fingerprint is the number of a state; raw is room for its bytes. A zero has
// no sign.
func fingerprint(state []float64, raw []byte) uint64 {
	for j, x := range state {
		binary.LittleEndian.PutUint64(raw[8*j:], math.Float64bits(x+0))
	}
	h := fnv.New64a()
	h.Write(raw)
	return h.Sum64()
}

// zeroPrint is the fingerprint of a state of zeros.
func zeroPrint(width int) uint64 {
	return fingerprint(make([]float64, width), make([]byte, 8*width))
}

func (a *audit) groupsMissing() {
	if a.cases.Grouped {
		return
	}
	a.warn("groups-missing",
		"If several rows come from one item, such as wordings of one question, name the column that tells items apart with group. "+
			"Otherwise copies of an item land on both sides of a split, scores are too high, and intervals too narrow.",
		"The study names no group: each of the %d rows counts as a group of its own.", len(a.cases.Rows))
}

const copiesAdvice = "Put copies into one group, or keep one of each: a probe that saw a row in training knows its copy without having learned anything."

// duplicateTexts finds prompts of different groups that are equal except for
// case and white space.
func (a *audit) duplicateTexts() {
	text := make([]string, len(a.cases.Text))
	for i, t := range a.cases.Text {
		text[i] = strings.ToLower(strings.Join(strings.Fields(t), " "))
	}
	if rows, contents, example := acrossGroups(text, a.cases.Group); rows > 0 {
		a.warn("duplicate-texts", copiesAdvice,
			"%s carry a text that occurs in another group too: %s, such as %s.",
			share(rows, len(text)), counted(contents, "different text"), quote(a.cases.Text[example]))
	}
}

// mostRows is the share of the rows above which one state is no copy but a
// token that all of them share, such as padding.
const mostRows = 0.5

// duplicateStates finds rows whose states were never written, a state that most
// rows share, and equal states in different groups among the rest. Where all
// rows have the same state, constantStates says so.
func (a *audit) duplicateStates() {
	if len(a.States) == 0 {
		return
	}
	rest := slices.Clone(a.States) // those not yet spoken of
	if len(a.Sites) > 0 {
		last := a.Sites[len(a.Sites)-1]
		if n, first := drop(rest, zeroPrint(last.Health.Width)); n > 0 {
			a.warn("states-never-written",
				"Such rows were left out of the export, or what was read is padding. Export them again or leave them out with rows; where rows are padded, state activations.length or activations.mask.",
				"%s have a state of zeros in %s, such as row %s.", share(n, len(rest)), a.siteName(last), a.cases.ID[first])
		}
	}
	count := make(map[uint64]int)
	for _, x := range a.States {
		count[x]++
	}
	for i, x := range rest {
		if n := count[x]; x != 0 && n < len(rest) && float64(n) > mostRows*float64(len(rest)) {
			drop(rest, x)
			a.warn("states-shared",
				"A state that most rows share is often that of padding: state activations.length or activations.mask, or another position. It may also be that of a last token that all prompts share, in a layer that sees nothing before it.",
				"%s have one and the same state, such as row %s.", share(n, len(rest)), a.cases.ID[i])
		}
	}
	if rows, contents, example := acrossGroups(rest, a.cases.Group); rows > 0 {
		a.warn("duplicate-states", copiesAdvice,
			"%s have a hidden state that occurs in another group too: %s, such as that of row %s.",
			share(rows, len(rest)), counted(contents, "different state"), a.cases.ID[example])
	}
}

// drop replaces x by 0, which is no state, and says how often and where first.
func drop(states []uint64, x uint64) (n, first int) {
	first = -1
	for i := range states {
		if states[i] == x {
			states[i] = 0
			if n++; first < 0 {
				first = i
			}
		}
	}
	return n, first
}

// acrossGroups counts the rows whose content, unless it is empty, occurs in
// more than one group, and the different contents among them. example is the
// first such row.
func acrossGroups[T comparable](content []T, group []int) (rows, contents, example int) {
	var empty T
	type where struct {
		group, rows, first int
		crosses            bool
	}
	found := make(map[T]*where)
	for i, x := range content {
		w := found[x]
		switch {
		case x == empty:
		case w == nil:
			found[x] = &where{group: group[i], rows: 1, first: i}
		default:
			w.rows++
			w.crosses = w.crosses || w.group != group[i]
		}
	}
	example = len(content)
	for _, w := range found {
		if w.crosses {
			rows += w.rows
			contents++
			example = min(example, w.first)
		}
	}
	return rows, contents, example
}

const (
	// alike is the mean cosine of word and character TF-IDF from which two
	// prompts count as wordings of one item. On questions of one template about
	// different things it stays below 0.5; wordings of one question lie above
	// 0.7.
	alike = 0.65
	// manyAlike is the share of rows with a wording in another group from which
	// the audit warns.
	manyAlike = 0.2
	// Limits of the search for wordings: the rows to search for, and those to
	// search among.
	sampledRows  = 300
	searchedRows = 20_000
)

// paraphrases finds prompts of different groups that are nearly the same.
func (a *audit) paraphrases() {
	c := a.cases
	n := min(len(c.Text), searchedRows)
	v, err := tfidf.Fit(c.Text[:n], tfidf.Settings{})
	if err != nil {
		return
	}
	m := v.Transform(c.Text[:n])
	sample := rand.New(rand.NewPCG(a.Seed, auditStream)).Perm(n)[:min(n, sampledRows)]
	slices.Sort(sample)
	near, example, other := 0, 0, 0
	for _, i := range sample {
		j, cosine := nearestElsewhere(m, c.Group, i)
		if cosine < alike {
			continue
		}
		if near == 0 {
			example, other = i, j
		}
		near++
	}
	if near == 0 || float64(near) < manyAlike*float64(len(sample)) {
		return
	}
	looked := fmt.Sprintf("%d of %d rows looked at", near, len(sample))
	a.warn("paraphrases-across-groups",
		"If they are wordings of one item, put them into one group: folds that separate them let a probe recognise the item instead of the label.",
		"%s have nearly the same text as a row of another group, such as %s and %s.",
		looked, quote(c.Text[example]), quote(c.Text[other]))
}

const auditStream = 0x61756469 // "audi"

// nearestElsewhere finds the row of another group whose text is nearest to
// that of row i, by the mean cosine of word and character TF-IDF.
func nearestElsewhere(m *tfidf.Matrix, group []int, i int) (nearest int, cosine float64) {
	text := make([]float64, m.Cols)
	for e := m.Indptr[i]; e < m.Indptr[i+1]; e++ {
		text[m.Indices[e]] = m.Values[e]
	}
	for j, p := range m.Times(text) {
		if group[j] != group[i] && p/2 > cosine {
			nearest, cosine = j, p/2
		}
	}
	return nearest, cosine
}

// quote is quoted, cut to the length of a line.
func quote(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		text = string(r[:most-1]) + "…"
	}
	return quoted(text)
}

// quoted puts text in quotation marks that expressions do not
// use, with blanks for line breaks.
func quoted(text string) string { return "“" + strings.Join(strings.Fields(text), " ") + "”" }

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

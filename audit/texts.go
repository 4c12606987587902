package audit

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tell/probe/tfidf"
)

// missingTexts finds rows whose prompt is null or blank, which the text-only
// baseline reads as a prompt without words.
func (a *audit) missingTexts() {
	var ids []string
	for i, text := range a.cases.Text {
		if strings.TrimSpace(text) == "" {
			ids = append(ids, a.cases.ID[i])
		}
	}
	if len(ids) > 0 {
		a.warn("missing-texts",
			"The text-only baseline treats them as prompts without words. Fill in the column, or leave these rows out with rows.",
			"%s have no text in column %s (null or blank): %s.", share(len(ids), len(a.cases.Text)), a.Text, listed(ids))
	}
}

// longTexts finds prompts of which the text-only baseline reads the beginning
// only.
func (a *audit) longTexts() {
	var ids []string
	for i, text := range a.cases.Text {
		if len(text) > tfidf.MaxText {
			ids = append(ids, a.cases.ID[i])
		}
	}
	if len(ids) > 0 {
		a.warn("texts-cut",
			"What gives the label away further on is not in that baseline. Name a column with the part of the prompt that differs between rows.",
			"The text-only baseline reads only the first %d KiB of %s: %s.", tfidf.MaxText>>10, share(len(ids), len(a.cases.Text)), listed(ids))
	}
}

// textNotUTF8 finds columns whose letters were lost or garbled because bytes of
// one encoding were read as another.
func (a *audit) textNotUTF8() {
	type named struct {
		name   string
		values []string
	}
	columns := []named{{a.Text, a.cases.Text}, {a.Said, a.cases.Said}, {a.Condition, a.cases.Condition}}
	for _, s := range a.cases.Strata {
		columns = append(columns, named{s.Name, s.Value})
	}
	var found []string
	seen := make(map[string]bool)
	for _, c := range columns {
		if seen[c.name] {
			continue
		}
		seen[c.name] = true
		rows, example := 0, 0
		for i, text := range c.values {
			if garbled(text) {
				if rows == 0 {
					example = i
				}
				rows++
			}
		}
		if rows > 0 {
			found = append(found, fmt.Sprintf("column %s on %s, such as %s in row %s",
				c.name, share(rows, len(c.values)), quote(strings.ToValidUTF8(c.values[example], "\uFFFD")), a.cases.ID[example]))
		}
	}
	if len(found) > 0 {
		a.warn("text-not-utf8",
			"The text baseline reads the garbled letters, and the model may have read them too. Write the table as UTF-8, for example with open(path, \"w\", encoding=\"utf-8\"), and see which text the model was given.",
			"Text is not UTF-8, or was taken for another encoding before: %s.", List(found))
	}
}

// garbled finds bytes that are not UTF-8, the sign that stands for them, and
// letters whose UTF-8 bytes were read as latin-1 or Windows-1252: "Ã©" for "é",
// "â€™" for "’".
func garbled(text string) bool {
	if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || strings.Contains(text, "â€") || strings.Contains(text, "\u00e2\u0080") {
		return true
	}
	before := rune(0)
	for _, r := range text {
		if (before == 'Ã' || before == 'Â') && 0x80 <= r && r <= 0xBF {
			return true
		}
		before = r
	}
	return false
}

package audit

import "strings"

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

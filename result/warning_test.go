package result

import "testing"

func TestWarningIsText(t *testing.T) {
	if got := (Warning{"code", "Found this.", "Do that."}).String(); got != "Found this. Do that." {
		t.Errorf("found %q", got)
	}
	if got := (Warning{"code", "Found this.", ""}).String(); got != "Found this." {
		t.Errorf("found %q", got)
	}
}

package activations

import (
	"reflect"
	"strings"
	"testing"
)

func TestReading(t *testing.T) {
	const path = "padded_right.arrow" // rows of 6 positions
	for _, test := range []struct {
		position, length string
		words            string
		names            []string
	}{
		{"", "", "every stored position", []string{"position 0", "position 1", "position 2", "position 3", "position 4", "position 5"}},
		{"first", "", "the first position of the row", []string{"first position"}},
		{"last", "n_tokens", "the last position of those that count", []string{"last position"}},
		{"mean", "n_tokens", "the mean over all positions that count", []string{"mean over positions"}},
		{"mean", "", "the mean over all positions of the row", []string{"mean over positions"}},
		{"0", "", "position 0 of the row, where 0 is the first", []string{"position 0"}},
		{"3", "", "position 3 of the row, where 0 is the first", []string{"position 3"}},
		{"-1", "", "position -1 of the row, where -1 is the last", []string{"position -1"}},
		{"2:6", "", "positions 2 to 5 of the row, where 0 is the first", []string{"position 2", "position 3", "position 4", "position 5"}},
		{"-4:", "", "positions -4 to -1 of the row, where -1 is the last", []string{"position -4", "position -3", "position -2", "position -1"}},
		{"-4:-2", "", "positions -4 to -3 of the row, where -1 is the last", []string{"position -4", "position -3"}},
		{"city", "n_tokens", `the position of those that count that column "city" gives`, []string{"position at city"}},
	} {
		d := open(t, Spec{Paths: []string{formatsFile(path)}, Position: test.position, Length: test.length})
		got := d.Reading()
		if want := (Reading{Position: test.position, Words: test.words, Length: test.length, Names: test.names}); !reflect.DeepEqual(got, want) {
			t.Errorf("position %q:\n%+v, want\n%+v", test.position, got, want)
		}
	}
	d := open(t, Spec{Paths: []string{formatsFile(path)}, Position: "last", Mask: "masks.npy"})
	if got := d.Reading(); got.Mask != "masks.npy" || !strings.Contains(got.Words, "that count") {
		t.Errorf("a mask: %+v", got)
	}
}

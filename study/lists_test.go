package study

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/activations"
)

// Lists of JSON are lists in expressions, with items of one type where they are.
func TestLists(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.jsonl")
	rows := `{"nums": [3, 4], "probs": [1, 0.5], "tags": ["a", "b"], "mixed": [1, "x", null], "deep": [[1], [2.5, 3]], "chat": [{"role": "user", "n": 2}], "meta": {"ids": [7]}, "some": null, "big": [18446744073709551615], "text": "[1, 2]", "yes": [true]}
{"nums": [], "probs": [0.25], "tags": [], "mixed": [], "deep": [], "chat": [], "meta": {"ids": [8, 9]}, "some": [5], "big": [], "text": "x", "yes": []}
`
	if err := os.WriteFile(path, []byte(rows), 0o666); err != nil {
		t.Fatal(err)
	}
	e, err := activations.ReadExamples(path)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"nums[1]":                     "4",
		"nums[-1] - nums[0] == 1":     "true",
		"nums[1] == 4.0":              "true",
		"len(nums)":                   "2",
		"sum(nums) / len(nums)":       "3.5",
		"max(nums)":                   "4",
		"3 in nums":                   "true",
		"all(nums, # > 2)":            "true",
		"nums == [3, 4]":              "true",
		"fromJSON(nums)[1]":           "4",
		"fromJSON($env['nums'])[1]":   "4",
		"probs[0] - probs[1]":         "0.5",
		"'b' in tags":                 "true",
		"join(tags, '-')":             "a-b",
		"tags[0] startsWith 'a'":      "true",
		"mixed[1]":                    "x",
		"deep[1][1]":                  "3",
		"chat[0].role":                "user",
		"chat[0].n + 1":               "3",
		"meta.ids[0]":                 "7",
		"some != nil ? some[0] : 0":   "0",
		"big[0]":                      "18446744073709551615",
		"yes[0] and true":             "true",
		"nums[2]":                     "index out of range",
		"nums + 1":                    "mismatched types list and int",
		"text[0]":                     "write fromJSON(COLUMN)[0]",
		"nums":                        "[3,4]",
		"string(nums)":                "[3 4]",
		"fromJSON(text)[1]":           "2",
		"fromJSON(toJSON(nums))[1]":   "4",
		"map(probs, # * 2)":           "[2 1]",
		"mean(probs)":                 "0.75",
		"first(sort(probs))":          "0.5",
		"none(nums, # == 3) or false": "false",
	} {
		got := ""
		x, err := compile(source, e)
		if err == nil {
			var v any
			v, err = x.value(0)
			got = fmt.Sprint(v)
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: found %s, want %s", source, got, want)
		}
	}
}

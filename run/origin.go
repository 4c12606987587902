package run

import (
	"encoding/json"
	"fmt"
	"slices"

	"tell/internal/kernel"
	"tell/internal/safetensors"
	"tell/result"
)

// origin is what a part is made of and by.
type origin struct {
	Study  result.Input   `json:"study"`
	Inputs []result.Input `json:"inputs"`
	Plan   string         `json:"-"`
}

func (p *plan) origin() origin { return origin{p.studyFile, p.inputs, p.hash} }

// metadata is what a part says about its origin.
func (o origin) metadata() (map[string]string, error) {
	text, err := json.Marshal(o)
	return map[string]string{
		keyFormat: partSchema, keyPlan: o.Plan, keyInputs: string(text),
		keyTell: Version, keyInstructions: kernel.Instructions(),
	}, err
}

// check says what a part was made of or by, where that is not what is wanted.
func (o origin) check(metadata map[string]string) error {
	if _, sealed := metadata[safetensors.Checksum]; !sealed {
		return fmt.Errorf("found no checksum, expected the part of a run")
	}
	same := func(words, found, want string) error {
		if found == want {
			return nil
		}
		return fmt.Errorf("found %s %q, expected %q; make the part anew", words, found, want)
	}
	for _, of := range []struct{ key, words, want string }{
		{keyFormat, "a part of form", partSchema},
		{keyTell, "a part made by tell", Version},
		{keyInstructions, "a part computed with the instructions", kernel.Instructions()},
	} {
		if err := same(of.words, metadata[of.key], of.want); err != nil {
			return err
		}
	}
	if metadata[keyPlan] == o.Plan {
		return nil
	}
	// Something differs: the study, an input or, where these do not, what was
	// made of them.
	var found origin
	if err := json.Unmarshal([]byte(metadata[keyInputs]), &found); err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	if err := same("a part of the study", described(found.Study), described(o.Study)); err != nil {
		return err
	}
	for _, path := range pathsOf(found.Inputs, o.Inputs) {
		if err := same("a part made from", inputAt(found.Inputs, path), inputAt(o.Inputs, path)); err != nil {
			return err
		}
	}
	return same("a part of plan", metadata[keyPlan], o.Plan)
}

func described(f result.Input) string {
	if f.ETag != "" {
		return fmt.Sprintf("%s, %d bytes, etag %s", f.Path, f.Size, f.ETag)
	}
	return fmt.Sprintf("%s, sha256 %s", f.Path, f.SHA256)
}

// pathsOf lists the paths of inputs, those of the first list first.
func pathsOf(lists ...[]result.Input) []string {
	var paths []string
	for _, list := range lists {
		for _, f := range list {
			if !slices.Contains(paths, f.Path) {
				paths = append(paths, f.Path)
			}
		}
	}
	return paths
}

// inputAt describes every input of that path.
func inputAt(inputs []result.Input, path string) string {
	var text string
	for _, f := range inputs {
		if f.Path == path {
			if text != "" {
				text += ", and "
			}
			text += described(f)
		}
	}
	if text == "" {
		return "no " + path
	}
	return text
}

package run

import (
	"strings"
	"testing"

	"tell/internal/kernel"
	"tell/internal/safetensors"
	"tell/result"
)

// A part of another origin is refused with what differs and both values.
func TestOrigin(t *testing.T) {
	input := func(path, sum string) result.Input { return result.Input{Path: path, SHA256: sum} }
	here := origin{input("s.yaml", "1"), []result.Input{input("x.npy", "2"), input("y.npy", "3"), input("part.pt", "4"), input("part.pt", "5")}, "plan"}
	written := func(o origin) map[string]string {
		m, err := o.metadata()
		if err != nil {
			t.Fatal(err)
		}
		m[safetensors.Checksum] = "sealed"
		return m
	}
	set := func(key, value string) map[string]string {
		m := written(here)
		m[key] = value
		return m
	}
	of := func(study result.Input, inputs ...result.Input) map[string]string {
		return written(origin{study, inputs, "other"})
	}
	if err := here.check(written(here)); err != nil {
		t.Errorf("its own part: %v", err)
	}
	unsealed := written(here)
	delete(unsealed, safetensors.Checksum)
	for _, c := range []struct {
		metadata map[string]string
		want     string
	}{
		{unsealed, "found no checksum"},
		{set(keyFormat, "tell/part/9"), `found a part of form "tell/part/9", expected "` + partSchema + `"`},
		{set(keyTell, "0.9"), `found a part made by tell "0.9", expected "` + Version + `"`},
		{set(keyInstructions, "none"), `found a part computed with the instructions "none", expected "` + kernel.Instructions() + `"`},
		{set(keyPlan, "other"), `found a part of plan "other", expected "plan"`},
		{of(input("s.yaml", "9"), here.Inputs...), `found a part of the study "s.yaml, sha256 9", expected "s.yaml, sha256 1"`},
		{of(here.Study, input("x.npy", "2"), input("y.npy", "9"), here.Inputs[2], here.Inputs[3]), `found a part made from "y.npy, sha256 9", expected "y.npy, sha256 3"`},
		{of(here.Study, input("x.npy", "2"), here.Inputs[2], here.Inputs[3]), `found a part made from "no y.npy", expected "y.npy, sha256 3"`},
		{of(here.Study, append(here.Inputs, input("z.npy", "6"))...), `found a part made from "z.npy, sha256 6", expected "no z.npy"`},
		{of(here.Study, here.Inputs[:3]...), `found a part made from "part.pt, sha256 4", expected "part.pt, sha256 4, and part.pt, sha256 5"`},
		{of(here.Study, here.Inputs...), `found a part of plan "other", expected "plan"`},
	} {
		if err := here.check(c.metadata); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("found error %v, want one that says %q", err, c.want)
		}
	}
	broken := set(keyPlan, "other")
	broken[keyInputs] = "{"
	if here.check(broken) == nil {
		t.Error("a part that does not say what it is made of was taken")
	}
}

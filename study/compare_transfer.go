package study

import (
	"fmt"
	"slices"

	"tell/target"
)

// Transfers trains on each of several sets of rows and tests on all of them.
type Transfers struct {
	// Transfer names the sets.
	Transfer []string `yaml:"transfer"`
	// FPR is the false-positive rate whose threshold is taken on the control
	// set. Default: 0.05.
	FPR float64 `yaml:"fpr"`
	// Control names the set on which that threshold is taken. Default: none, and
	// no recall at a false-positive rate.
	Control string `yaml:"control"`
	// Paired are two of the sets whose rows belong together, such as a text and
	// its translation; several such pairs of sets. Default: none.
	Paired [][]string `yaml:"paired"`
	// Pair is the column that says which rows of paired sets belong together. A
	// value stands at most once in each.
	Pair string `yaml:"pair"`
}

var transferKind = kindOf("transfer", "", (*Study).checkTransfers, (*table).transferPairs)

func (s *Study) checkTransfers(key string, c *Transfers) error {
	if c.FPR == 0 {
		c.FPR = 0.05
	}
	if !(c.FPR > 0 && c.FPR < 1) {
		return s.ErrorAt(key+".fpr", "found %v, expected a rate between 0 and 1, such as 0.05", c.FPR)
	}
	if err := s.checkNames(key+".transfer", c.Transfer, 2, "one of sets"); err != nil {
		return err
	}
	for i, name := range c.Transfer {
		if _, known := s.Sets[name]; !known {
			return s.errNoSet(key, "transfer", i, name)
		}
	}
	if err := s.checkOneSpace(key, c.Transfer); err != nil {
		return err
	}
	if c.Control != "" && !slices.Contains(c.Transfer, c.Control) {
		return s.ErrorAt(key+".control", "found %q, expected one of the sets of this transfer: %s", c.Control, first(c.Transfer))
	}
	if s.Target.Kind != target.KindBinary {
		for _, of := range []struct {
			key   string
			given bool
		}{{"control", c.Control != ""}, {"paired", len(c.Paired) > 0}} {
			if of.given {
				return s.ErrorAt(key+"."+of.key, "found it for a target of kind %s, expected none: it is about labels 0 and 1; leave it out to have the metrics of this kind", s.Target.Kind)
			}
		}
	}
	return s.checkPaired(key, c)
}

// checkOneSpace refuses sets of several dumps that are not said to be in one space.
func (s *Study) checkOneSpace(key string, sets []string) error {
	for _, name := range sets {
		dump, other := s.Sets[name].Dump, s.Sets[sets[0]].Dump
		if dump == other {
			continue
		}
		for _, d := range []string{other, dump} {
			if d != "" && !s.Dumps[d].SameSpace {
				return s.ErrorAt(key+".transfer", "found sets of %s and of %s, and dumps.%s without same_space; a probe of one cannot be applied to the other. Write same_space: true if a direction means the same in both, or compare sets of one dump",
					dumpInWords(other), dumpInWords(dump), d)
			}
		}
	}
	return nil
}

func dumpInWords(name string) string {
	if name == "" {
		return "the study's own dump"
	}
	return fmt.Sprintf("the dump %q", name)
}

// DumpsOf lists the dumps that the sets are of, "" for the study's own, each once.
func (s *Study) DumpsOf(sets []string) []string {
	var dumps []string
	for _, name := range sets {
		if d := s.Sets[name].Dump; !slices.Contains(dumps, d) {
			dumps = append(dumps, d)
		}
	}
	return dumps
}

func (s *Study) checkPaired(key string, c *Transfers) error {
	switch {
	case len(c.Paired) == 0 && c.Pair != "":
		return s.ErrorAt(key+".pair", "found %q without paired, expected the sets whose rows it pairs, such as [[%s, %s]]", c.Pair, c.Transfer[0], c.Transfer[1])
	case len(c.Paired) > 0 && c.Pair == "":
		return s.ErrorAt(key+".paired", "found no pair, expected the column that says which rows of these sets belong together")
	}
	for i, sets := range c.Paired {
		at := fmt.Sprintf("%s.paired[%d]", key, i)
		if n := len(sets); n != 2 {
			return s.ErrorAt(at, "found %d sets, expected 2", n)
		}
		if err := s.checkNames(at, sets, 2, "two of the sets of this transfer"); err != nil {
			return err
		}
		for k, name := range sets {
			if !slices.Contains(c.Transfer, name) {
				return s.ErrorAt(fmt.Sprintf("%s[%d]", at, k), "found %q, expected one of the sets of this transfer: %s", name, first(c.Transfer))
			}
		}
	}
	return nil
}

// transferPairs is nil where no sets are paired. Sets of another dump are looked at
// with the cases of that.
func (t *table) transferPairs(key string, of *Transfers, c *Cases) (Pairs, error) {
	pairs, err := t.text(key+".pair", of.Pair, "")
	if err != nil {
		return nil, err
	}
	for _, sets := range of.Paired {
		var at [2]map[string]int // case by pair
		for k, name := range sets {
			at[k] = map[string]int{}
			for i, in := range c.Sets[name] {
				if !in || pairs[i] == "" {
					continue
				}
				if old, twice := at[k][pairs[i]]; twice {
					return nil, t.ErrorAt(key+".pair", "set %s: found %q on rows %q and %q, expected it once in a set", name, pairs[i], c.ID[old], c.ID[i])
				}
				at[k][pairs[i]] = i
			}
		}
		for i, in := range c.Sets[sets[0]] {
			if other, paired := at[1][pairs[i]]; in && paired && c.Group[i] != c.Group[other] {
				return nil, t.ErrorAt(key+".pair", "found %q in groups %q and %q, expected it in one", pairs[i], c.GroupNames[c.Group[i]], c.GroupNames[c.Group[other]])
			}
		}
	}
	return pairs, nil
}

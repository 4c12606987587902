package study

import "slices"

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
}

var transferKind = kindOf[Transfers, any]("transfer", (*Study).checkTransfers, nil)

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
	if c.Control != "" && !slices.Contains(c.Transfer, c.Control) {
		return s.ErrorAt(key+".control", "found %q, expected one of the sets of this transfer: %s", c.Control, first(c.Transfer))
	}
	return nil
}

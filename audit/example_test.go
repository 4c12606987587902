package audit_test

import (
	"fmt"

	"tell/activations"
	"tell/audit"
	"tell/study"
)

func Example() {
	s, err := study.Load("../testdata/capitals/onesided.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	dump, err := activations.Open(s.Spec())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dump.Close()
	cases, err := s.Cases(dump)
	if err != nil {
		fmt.Println(err)
		return
	}
	states, err := audit.Fingerprints(cases.Dump, cases.Rows, 18, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range audit.Audit(s, cases, audit.Evidence{States: states}) {
		fmt.Println(w.Code)
	}
	// Output:
	// decision-unreachable
}

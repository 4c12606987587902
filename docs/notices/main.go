// Command notices writes THIRD_PARTY_NOTICES: the licences of everything that is linked
// into the released binaries. Run it by "go generate ./docs".
package main

import (
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	text, err := notices(platforms)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("../"+file, []byte(text), 0o666); err != nil {
		log.Fatal(fmt.Errorf("the notices: %w", err))
	}
}

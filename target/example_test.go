package target_test

import (
	"fmt"

	"tell/target"
)

func Example() {
	wrong := target.Bools([]bool{true, false, true})
	wrong.Levels = []string{"user is right", "user is wrong"}
	fmt.Println(wrong.Kind, wrong.Values, wrong.Check())

	// An empty name is a value that is not stated.
	sure, err := target.Ordinal([]string{"high", "", "low"}, []string{"low", "middle", "high"})
	fmt.Println(sure.Kind, sure.Values, err)

	fmt.Println(target.Binary([]int{0, 3}).Check())
	// Output:
	// binary [1 0 1] <nil>
	// ordinal [2 NaN 0] <nil>
	// target: row 1: found 3, expected label 0 or 1
}

package result_test

import (
	"fmt"

	"tell/estimate"
	"tell/result"
)

// The curve over layers is the rows of one block with one key.
func ExampleTable() {
	auroc := func(block result.Block, layer int, value float64) result.Row {
		return result.Row{Block: block, Layer: layer, Predictor: result.Probe, Key: "auroc", Unit: result.UnitProbability,
			Estimate: estimate.Estimate{Value: value, N: 576, Groups: 96}}
	}
	t := result.Table{auroc(result.Curve, 0, 0.52), auroc(result.Curve, 1, 0.94), auroc(result.Nested, result.None, 0.93)}
	t[2].Position = result.None

	for _, row := range t.In(result.Curve) {
		fmt.Printf("layer %d: %s\n", row.Layer, row.Estimate)
	}
	fmt.Println("nested:", t.In(result.Nested).Estimate("auroc"))
	fmt.Println(t.In(result.Gap).Estimate("kba"))
	// Output:
	// layer 0: 0.520
	// layer 1: 0.940
	// nested: 0.930
	// not estimable: the results hold no kba
}

func ExampleExplain() {
	k, known := result.Explain("kba")
	fmt.Println(known, k.Kind, k.Title)
	fmt.Println(k.Definition)
	_, known = result.Explain("kbq")
	fmt.Println(known, result.Suggest("kbq"))
	// Output:
	// true key Knows but does not act (KBA)
	// P(Ŷ=Y, B≠Y): the probe is right and the behaviour is wrong
	// false kba
}

package probe_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"tell/activations"
	"tell/probe"
	"tell/target"
)

// questions makes 60 rows of 8 numbers about 20 cities, the label in the third
// number.
func questions() (x [][]float64, y []int, city []string) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		row := make([]float64, 8)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		y, city = append(y, i%2), append(city, fmt.Sprint("city ", i/3))
		row[2] += 2.5 * float64(y[i])
		x = append(x, row)
	}
	return x, y, city
}

func Example() {
	x, y, city := questions()

	folds, err := probe.CrossValidate(context.Background(), probe.Slices(x), target.Binary(y), &probe.Settings{Group: city})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("AUROC on cities never seen:", folds.AUROC())
	// Output:
	// AUROC on cities never seen: 0.90 [0.82, 0.97]
}

func ExampleTrain() {
	x, y, city := questions()

	p, err := probe.Train(context.Background(), probe.Slices(x), target.Binary(y), &probe.Settings{Group: city})
	if err != nil {
		fmt.Println(err)
		return
	}
	score, err := p.Predict(probe.Slices(x[:3]))
	fmt.Printf("C = %.3g, P(label = 1): %.2f %v\n", p.C, score, err)
	// Output:
	// C = 2.78, P(label = 1): [0.06 0.96 0.06] <nil>
}

// A matrix of gonum's is rows as well.
func ExampleMatrix() {
	x := mat.NewDense(4, 2, []float64{3, 10, 3, 30, 1, 10, 1, 30})
	p, err := probe.Train(context.Background(), probe.Matrix(x), target.Binary([]int{1, 1, 0, 0}), &probe.Settings{Family: "mass-mean", C: []float64{1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("weights %.2f, intercept %.2f\n", p.Weights, p.Intercept)
	// Output:
	// weights [1.04 0.00], intercept -2.09
}

// A layer of a dump is rows, in memory or read anew whenever they are needed.
func ExampleRead() {
	dump, err := activations.Open(activations.Spec{Paths: []string{"../testdata/capitals/hidden_states.npy"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dump.Close()
	layer, err := dump.At(18, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(probe.Read(layer).Dims())
	fmt.Println(probe.Stream(layer).Dims())
	// Output:
	// 672 576
	// 672 576
}

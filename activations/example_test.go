package activations_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"tell/activations"
)

func ExampleOpen() {
	d, err := activations.Open(activations.Spec{Paths: []string{"../testdata/capitals/hidden_states.npy"}})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	fmt.Println(d.Format(), d.DType(), d.Shape())

	// Layer 12 at its only position, 100 rows at a time.
	shape := d.Shape()
	block := make([]float32, 100*shape.Width)
	largest := float32(0)
	for lo := 0; lo < shape.Rows; lo += 100 {
		hi := min(lo+100, shape.Rows)
		rows := block[:(hi-lo)*shape.Width]
		if err := d.ReadFloat32(rows, 12, 0, lo, hi); err != nil {
			log.Fatal(err)
		}
		for _, x := range rows {
			largest = max(largest, x)
		}
	}
	fmt.Printf("largest state in layer 12: %.1f\n", largest)

	health, err := d.Scan(12, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("finite:", health.Finite(), "constant columns:", health.ConstantColumns)
	// Output:
	// npy f16 672 rows x 31 layers x 1 position x 576 wide
	// largest state in layer 12: 75.1
	// finite: true constant columns: 0
}

// One layer of some rows, as a matrix that is read when it is asked for.
func ExampleDump_At() {
	d, err := activations.Open(activations.Spec{Paths: []string{"../testdata/capitals/hidden_states.npy"}})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	layer, err := d.At(15, 0)
	if err != nil {
		log.Fatal(err)
	}
	some, err := layer.Rows([]int{10, 11, 12, 500})
	if err != nil {
		log.Fatal(err)
	}
	rows, cols := some.Dims()
	numbers := make([]float64, rows*cols)
	if err := some.ReadRows(numbers, 0, rows); err != nil {
		log.Fatal(err)
	}
	fmt.Println(rows, "rows of", cols, "numbers, read at", d.Reading().Words)
	// Output:
	// 4 rows of 576 numbers, read at every stored position
}

// A column for every layer and the examples beside them.
func ExampleDump_Examples() {
	d, err := activations.Open(activations.Spec{
		Paths:  []string{"../testdata/capitals/layers.arrow"},
		Tensor: "layer_*",
		ID:     "id",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	fmt.Println(d.LayerNames())

	ids, err := d.IDs()
	if err != nil {
		log.Fatal(err)
	}
	examples, err := d.Examples()
	if err != nil {
		log.Fatal(err)
	}
	prompt, _ := examples.Column("prompt")
	fmt.Println(ids[3], prompt.Value(3))
	// Output:
	// [layer_0 layer_6 layer_12 layer_18 layer_30]
	// Paris-3 I think Paris is in Egypt. Which country is Paris in?
}

func ExampleReadExamples() {
	examples, err := activations.ReadExamples("../testdata/capitals/examples.jsonl")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range examples.Columns()[:4] {
		fmt.Println(c.Name, c.Kind, c.Value(0))
	}
	fmt.Println(examples.Where(0))
	// Output:
	// id string Paris-0
	// group string Paris
	// template int 0
	// condition string pressure
	// ../testdata/capitals/examples.jsonl:1
}

// A dump whose prompts are padded to six positions, with the number of tokens
// of each in a column, becomes one state a prompt.
func ExampleOpen_position() {
	d, err := activations.Open(activations.Spec{
		Paths:    []string{"../testdata/formats/padded_right.arrow"},
		Position: "last",
		Length:   "n_tokens",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	fmt.Println(d.Shape())
	// Output:
	// 5 rows x 3 layers x 1 position x 4 wide
}

func ExampleConvert() {
	d, err := activations.Open(activations.Spec{Paths: []string{"../testdata/formats/layers_f32.parquet"}})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "states.safetensors")
	c, err := activations.Convert(context.Background(), d, path, activations.ConvertSettings{DType: activations.F16})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Format, c.DType, c.Shape)
	// Output:
	// safetensors f16 5 rows x 3 layers x 1 position x 4 wide
}

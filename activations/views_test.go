package activations

import (
	"strings"
	"sync"
	"testing"
)

// Two studies of one dump read different positions of the same rows.
func TestViewsDoNotDisturbEachOther(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("padded_right.arrow")}, Position: "elsewhere"})
	const rows, width = 5, 4
	indices := [][]int{{0, 1, 2, 1, 3}, {1, 0, 0, 0, 5}}
	var wait sync.WaitGroup
	for _, index := range indices {
		view, err := d.WithPositions(RowPositions{Index: index})
		if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			got := make([]float64, rows*width)
			for range 50 {
				if err := view.ReadFloat64(got, 1, 0, 0, rows); err != nil {
					t.Error(err)
					return
				}
				for i, v := range got {
					if want := plantedValue(stepped, i/width, 1, index[i/width], i%width); v != want {
						t.Errorf("positions %v, row %d: %v, want %v", index, i/width, v, want)
						return
					}
				}
			}
			if err := view.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if err := d.CheckPositions(); err == nil || !strings.Contains(err.Error(), `no column "elsewhere"`) {
		t.Errorf("the dump itself: %v", err)
	}
}

// A view of a view has the positions that were given last.
func TestViewOfView(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("padded_right.arrow")}, Position: "elsewhere"})
	first, err := d.WithPositions(RowPositions{Index: []int{0, 0, 0, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.WithPositions(RowPositions{Index: []int{1, 1, 1, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for at, view := range []*Dump{first, second} {
		if err := view.CheckPositions(); err != nil {
			t.Fatal(err)
		}
		got := make([]float64, 4)
		if err := view.ReadFloat64(got, 0, 0, 4, 5); err != nil || got[0] != plantedValue(stepped, 4, 0, at, 0) {
			t.Errorf("position %d: %v, %v", at, got, err)
		}
	}
}

func TestViewAfterClose(t *testing.T) {
	for name, spec := range map[string]Spec{
		"plain":      {Paths: []string{formatsFile("padded_right.arrow")}, Position: "last"},
		"compressed": {Paths: []string{formatsFile("list_f32_zstd.arrow")}, Position: "last"},
		"parquet":    {Paths: []string{formatsFile("list_f32.parquet")}, Position: "last"},
	} {
		d, err := Open(spec)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		view, err := d.WithPositions(RowPositions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := make([]float64, d.Shape().Width)
		if err := view.ReadFloat64(got, 0, 0, 0, 1); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := d.Close(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := view.Close(); err != nil {
			t.Errorf("%s: closing a view: %v", name, err)
		}
		if err := view.ReadFloat64(got, 0, 0, 0, 1); err == nil {
			t.Errorf("%s: a closed dump can be read", name)
		}
		if err := view.ReadFloat64(got, 1, 0, 0, 1); err == nil {
			t.Errorf("%s: another layer of a closed dump can be read", name)
		}
	}
}

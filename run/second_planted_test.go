package run_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secondData are the rows of a planted dump, read back from its files.
type secondData struct {
	dir        string
	states     [][][][]float64 // row, layer, position, width
	y, act     []int
	item, row  []int // item by order of appearance; row of the dump
	nuisance   []float64
	groupNames []string
}

type secondLine struct {
	Y, Act int
	Item   string
	Length float64
	Keep   bool
}

// plantSecond writes a dump in which the label has the given strength at each
// layer and position, and a table in which some rows are not to be kept. What
// the labels of an item may be depends on the item: all alike, as many of each,
// or more of one.
func plantSecond(t *testing.T, rows, width int, strength [][]float64, seed uint64) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 5))
	dir := t.TempDir()
	layers, positions := len(strength), len(strength[0])
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d, %d), }", rows, layers, positions, width)
	header += strings.Repeat(" ", 118-len(header)-1) + "\n"
	npy := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	npy = append(npy, header...)
	var table strings.Builder
	for i := range rows {
		item, within := i/4, i%4
		y := 0
		if within < []int{0, 4, 1, 3, 2}[item%5] {
			y = 1
		}
		act := y
		switch rng.IntN(6) {
		case 0, 1:
			act = 1 - y
		case 2:
			act = 7
		}
		line := map[string]any{"y": y, "act": act, "item": fmt.Sprint("item ", item), "length": rng.NormFloat64() + 0.3*float64(y), "keep": i%21 != 4}
		raw, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&table, "%s\n", raw)
		for l := range layers {
			for p := range positions {
				for j := range width {
					v := rng.NormFloat64()
					if j < 3 {
						v += strength[l][p] * float64(2*y-1)
					}
					npy = binary.LittleEndian.AppendUint32(npy, math.Float32bits(float32(v)))
				}
			}
		}
	}
	for name, data := range map[string][]byte{"x.npy": npy, "table.jsonl": []byte(table.String())} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readSecond reads the rows that are to be kept.
func readSecond(t *testing.T, dir string) secondData {
	t.Helper()
	d := secondData{dir: dir}
	npy, err := os.ReadFile(filepath.Join(dir, "x.npy"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(dir, "table.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var rows, layers, positions, width int
	shape := string(npy[strings.Index(string(npy[:128]), "'shape': "):128])
	if _, err := fmt.Sscanf(shape, "'shape': (%d, %d, %d, %d)", &rows, &layers, &positions, &width); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i, text := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		var line secondLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if !line.Keep {
			continue
		}
		if _, known := seen[line.Item]; !known {
			seen[line.Item] = len(seen)
			d.groupNames = append(d.groupNames, line.Item)
		}
		if line.Act == 7 {
			line.Act = secondNeither
		}
		state := make([][][]float64, layers)
		for l := range layers {
			state[l] = make([][]float64, positions)
			for p := range positions {
				for j := range width {
					at := 128 + 4*(((i*layers+l)*positions+p)*width+j)
					v := math.Float32frombits(binary.LittleEndian.Uint32(npy[at:]))
					state[l][p] = append(state[l][p], float64(v))
				}
			}
		}
		d.states = append(d.states, state)
		d.y, d.act = append(d.y, line.Y), append(d.act, line.Act)
		d.item, d.row = append(d.item, seen[line.Item]), append(d.row, i)
		d.nuisance = append(d.nuisance, line.Length)
	}
	return d
}

// at is the matrix of one layer and position.
func (d *secondData) at(layer, position int) [][]float64 {
	x := make([][]float64, len(d.states))
	for i := range x {
		x[i] = d.states[i][layer][position]
	}
	return x
}

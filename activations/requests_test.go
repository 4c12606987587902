package activations

import (
	"fmt"
	"testing"

	"tell/activations/table"
)

// manyShards is a dump of shards of two rows each, which have no file.
func manyShards(n int) *Dump {
	d := &Dump{shape: Shape{Rows: 2 * n, Layers: 1, Positions: 1, Width: 1}}
	for i := range n {
		d.shards = append(d.shards, shard{files: []File{{Path: fmt.Sprint(i)}}, first: 2 * i, rows: 2})
	}
	return d
}

// A row is found in a few steps among any number of shards.
func TestFindShard(t *testing.T) {
	const shards = 100_000
	d := manyShards(shards)
	for _, row := range []int{0, 1, 2, shards, 2*shards - 1} {
		steps := 0
		got := runOf(shards, row, func(i int) int {
			steps++
			return d.shards[i].first + d.shards[i].rows
		})
		if got != row/2 || got != d.shardOf(row) || steps > 18 {
			t.Errorf("row %d: shard %d after %d steps", row, got, steps)
		}
	}
	if got := d.shardOf(2 * shards); got != shards {
		t.Errorf("a row after the last is in shard %d", got)
	}
	var e *Examples
	for i := range shards {
		var err error
		if e, err = e.Extend(table.New(nil, table.Part{Path: fmt.Sprint(i), Rows: 2})); err != nil {
			t.Fatal(err)
		}
	}
	if got := e.Where(2*shards - 1); got != fmt.Sprintf("%d: row 1", shards-1) {
		t.Error(got)
	}
}

// What a further shard costs does not grow with those before it.
func TestAgreesAlone(t *testing.T) {
	d := manyShards(100_000)
	before := allocated()
	const times = 100
	for range times {
		if err := d.agrees("x", "", contents{shape: d.shape}); err != nil {
			t.Fatal(err)
		}
	}
	if n := (allocated() - before) / times; n > 10_000 {
		t.Errorf("%d bytes to compare a shard with the first", n)
	}
}

// The table of many files names the file of every row.
func TestRequestsTable(t *testing.T) {
	const files = 300
	dir := t.TempDir()
	writeRequests(t, dir, files)
	d := readRequests(t, dir, files)
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if want := fmt.Sprintf("%s/hs_%d.safetensors: row 0", dir, i); e.Where(i) != want {
			t.Fatalf("row %d: %s, want %s", i, e.Where(i), want)
		}
	}
}

//go:build linux

// Read pairs tell's reading of one layer with a plain sequential read of as
// many bytes of the same file, and prints how many times longer tell takes,
// conversion to float32 or float64 included.
//
//	go run ./bench/read [-dir DIR] [-rounds N] [-only NAME]
//
// Every file is about 1 GB of f16, written to DIR and removed again. A round
// reads another layer in each way in turn. Warm: the file is in the page cache.
// Cold: it is dropped from there before every read. All buffers have been
// written to before. Where the rows of a layer lie apart, "pieces" is how long
// it takes to read each of them into one small buffer, in order, and no more.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tell/activations"
)

func main() {
	dir := flag.String("dir", os.TempDir(), "where the files are written")
	rounds := flag.Int("rounds", 21, "warm rounds; a third as many are cold")
	only := flag.String("only", "", "measure the files whose name contains it")
	flag.Parse()
	if err := run(*dir, *rounds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "read:", err)
		os.Exit(1)
	}
}

func run(dir string, rounds int, only string) error {
	fmt.Println("Times a plain read: median of the rounds, and the best of one over the best of the other.")
	fmt.Printf("%-41s %-4s %9s %16s %16s %16s\n", "", "", "plain", "pieces", "float32", "float64")
	for _, l := range layouts {
		for _, width := range []int{576, 4096} {
			if name := fmt.Sprintf("%s, width %d", l.name, width); strings.Contains(name, only) {
				if err := measure(filepath.Join(dir, "bench-read"+l.extension), name, l, sized(width), rounds); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		}
	}
	return nil
}

// measure writes one file and reads it.
func measure(path, name string, l layout, s size, rounds int) error {
	defer os.Remove(path)
	if err := write(path, l, s); err != nil {
		return err
	}
	dump, err := activations.Open(activations.Spec{Paths: []string{path}, Axes: l.axes})
	if err != nil {
		return err
	}
	defer dump.Close()
	if got := dump.Shape(); got != (activations.Shape{Rows: s.rows, Layers: s.layers, Positions: 1, Width: s.width}) {
		return fmt.Errorf("%v", got)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()

	plain := make([]byte, 2*s.rows*s.width)
	single, double := make([]float32, s.rows*s.width), make([]float64, s.rows*s.width)
	touch(plain)
	touch(single)
	touch(double)
	ways := []func(layer int) error{
		func(layer int) error { return readAt(f, plain, layer*len(plain)) },
		nil,
		func(layer int) error { return dump.ReadFloat32(single, layer, 0, 0, s.rows) },
		func(layer int) error { return dump.ReadFloat64(double, layer, 0, 0, s.rows) },
	}
	if l.apart {
		ways[1] = func(layer int) error { return readPieces(f, s, layer) }
	}
	for layer := range s.layers {
		if err := ways[0](layer); err != nil { // all of the file
			return err
		}
	}
	warm, err := timeRounds(rounds, s.layers, ways, func() error { return nil })
	if err != nil {
		return err
	}
	cold, err := timeRounds((rounds+2)/3, s.layers, ways, func() error { return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) })
	if err != nil {
		return err
	}
	printRow(name, "warm", len(plain), warm)
	printRow("", "cold", len(plain), cold)
	return nil
}

func touch[T byte | float32 | float64](b []T) {
	for i := range b {
		b[i] = 1
	}
}

func readAt(f *os.File, b []byte, offset int) error {
	_, err := f.ReadAt(b, int64(offset))
	return err
}

// readPieces reads the rows of a layer as they lie where rows come first,
// give or take the header.
func readPieces(f *os.File, s size, layer int) error {
	b := make([]byte, 2*s.width)
	for row := range s.rows {
		if err := readAt(f, b, (row*s.layers+layer)*len(b)); err != nil {
			return err
		}
	}
	return nil
}

// timeRounds gives the seconds that each way took in each round.
func timeRounds(rounds, layers int, ways []func(layer int) error, before func() error) ([][]float64, error) {
	seconds := make([][]float64, len(ways))
	for i := range rounds {
		for way, read := range ways {
			if read == nil {
				continue
			}
			if err := before(); err != nil {
				return nil, err
			}
			start := time.Now()
			if err := read(i * 7 % layers); err != nil {
				return nil, err
			}
			seconds[way] = append(seconds[way], time.Since(start).Seconds())
		}
	}
	return seconds, nil
}

func printRow(name, cache string, bytes int, seconds [][]float64) {
	plain := seconds[0]
	fmt.Printf("%-41s %-4s %4.1f GB/s", name, cache, float64(bytes)/1e9/slices.Min(plain))
	for _, way := range seconds[1:] {
		if way == nil {
			fmt.Printf(" %16s", "-")
			continue
		}
		ratios := make([]float64, len(way))
		for i := range way {
			ratios[i] = way[i] / plain[i]
		}
		slices.Sort(ratios)
		fmt.Printf(" %7.2f (%6.2f)", ratios[len(ratios)/2], slices.Min(way)/slices.Min(plain))
	}
	fmt.Println()
}

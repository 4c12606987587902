package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tell": main})
}

// TestScripts runs the scripts of testdata. They find the real data in
// capitals and other folders of their names, a file of every format in formats,
// and a study of two of the layers of capitals in study.yaml.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("COLUMNS", "100")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // a race is reported all the same
			return layOut(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"json":  isJSON,
			"plant": plant,
		},
	})
}

// layOut puts the data, the small study and odd.npy in dir.
func layOut(dir string) error {
	for _, name := range []string{"capitals", "formats", "transfer", "candidates", "trajectory"} {
		data, err := filepath.Abs(filepath.Join("../../testdata", name))
		if err != nil {
			return err
		}
		if err := os.Symlink(data, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	small, err := os.ReadFile("testdata/study.yaml")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "study.yaml"), small, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "odd.npy"), oddNPY(), 0o644)
}

// oddNPY is a dump of 3 rows x 1 layer x 2 positions x 2 wide whose second
// position is constant but for what is not finite.
func oddNPY() []byte {
	header := fmt.Sprintf("%-117s\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1, 2, 2), }")
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	b = append(b, header...)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, x := range []float32{1, 2, 7, 7, 3, 4, 7, nan, 5, 60, 7, inf} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

// exits runs a command and checks its exit code: exits CODE COMMAND ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// isJSON checks that a file holds one JSON value: json FILE
func isJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: json FILE")
	}
	if !json.Valid([]byte(ts.ReadFile(args[0]))) {
		ts.Fatalf("%s is not JSON", args[0])
	}
}

// plant writes a dump whose rows have the labels 0, 1, 0 and on at every layer:
// plant FILE ROWS LAYERS WIDTH
func plant(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: plant FILE ROWS LAYERS WIDTH")
	}
	var n [3]int
	for i := range n {
		var err error
		n[i], err = strconv.Atoi(args[i+1])
		ts.Check(err)
	}
	header := fmt.Sprintf("%-117s\n", fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d), }", n[0], n[1], n[2]))
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	b = append(b, header...)
	rng := rand.New(rand.NewPCG(1, 1))
	for row := range n[0] {
		for range n[1] * n[2] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(rng.NormFloat64()+float64(row%2))))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o666))
}

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// around is the program that a reader would put around the Go lines of README.md.
const around = `package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"tell/probe"
	"tell/target"
)

func main() {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 2))
	var x [][]float64
	var y []int
	var city []string
	for i := range 60 {
		y, city = append(y, i%2), append(city, fmt.Sprint("city ", i/3))
		x = append(x, []float64{rng.NormFloat64(), rng.NormFloat64() + 2*float64(i%2)})
	}
LINES
	if err != nil {
		log.Fatal(err)
	}
	kept, err := probe.ReadFile("probe.safetensors")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("kept", len(kept.Weights))
}
`

// The Go lines of README.md compile and run in a module of a reader's own, which
// finds tell by a replace directive. Nothing is downloaded.
func TestREADMEProgram(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(page), "\n"); n > 130 {
		t.Errorf("README.md has %d lines, expected at most 130", n)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 1 {
		t.Fatalf("found %d blocks of Go, expected 1", len(blocks))
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	program := strings.Replace(around, "LINES", blocks[0][1], 1)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) string {
		c := exec.Command("go", args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	command("mod", "edit", "-module", "example", "-require", "tell@v0.0.0", "-replace", "tell="+root)
	out := command("run", ".")
	if !regexp.MustCompile(`^0\.\d{2,3} \[0\.\d{2,3}, \d\.\d{2,3}\]\nkept 2\n$`).MatchString(out) {
		t.Errorf("found %q, expected an AUROC with its interval and the weights of the kept probe", out)
	}
}

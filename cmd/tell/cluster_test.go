package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"
)

// The manifest of docs/cluster.md is YAML, and its command gives every index of the
// job a share of its own that fit takes.
func TestIndexedJobOfTheDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)## Kubernetes\n.*?```yaml\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("docs/cluster.md has no manifest")
	}
	var job struct {
		Spec struct {
			CompletionMode           string `yaml:"completionMode"`
			Completions, Parallelism int
			Template                 struct {
				Spec struct {
					Containers []struct{ Command []string }
				}
			}
		}
	}
	if err := yaml.Unmarshal(block[1], &job); err != nil {
		t.Fatal(err)
	}
	n := job.Spec.Completions
	if job.Spec.CompletionMode != "Indexed" || n < 2 || len(job.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("found %+v, expected an indexed job of one container", job)
	}
	line := job.Spec.Template.Spec.Containers[0].Command
	if len(line) != 3 || line[0] != "sh" {
		t.Fatalf("found command %q, expected sh -c COMMAND", line)
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	// The shell says what it would have run.
	said := regexp.MustCompile(`^exec tell `).ReplaceAllString(line[2], `printf '%s\n' `)
	for index := range n {
		c := exec.Command(line[0], line[1], said)
		c.Env = append(os.Environ(), fmt.Sprintf("JOB_COMPLETION_INDEX=%d", index))
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		args := regexp.MustCompile(`\S+`).FindAllString(string(out), -1)
		v, _, err := parse(args, os.Stderr, os.Stderr)
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		fit, ok := v.(*fitVerb)
		if !ok || fit.Part == nil || *fit.Part != (partShare{index + 1, n}) {
			t.Errorf("index %d: found %+v, expected share %d of %d", index, v, index+1, n)
		}
	}
}

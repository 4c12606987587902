package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"

	"tell/study"
)

// slurmVerb is "tell slurm".
type slurmVerb struct {
	Study     string      `arg:"" name:"study.yaml" help:"The study file."`
	Parts     positive    `required:"" placeholder:"N" help:"Number of tasks that share the work."`
	Output    string      `short:"o" placeholder:"DIR" help:"Directory of the report, on a disk that all nodes share. Default: ./NAME-report for the study file NAME.yaml."`
	Time      sbatchValue `placeholder:"TIME" help:"Time limit of each task, as sbatch takes it: 02:00:00."`
	Mem       sbatchSize  `placeholder:"SIZE" help:"Memory of each task, as sbatch takes it: 16G. Three quarters of it bound the layers in training."`
	Cpus      positive    `placeholder:"N" help:"Processors of each task."`
	Partition sbatchValue `placeholder:"NAME" help:"Partition to run in."`
}

// Help implements kong.HelpProvider.
func (slurmVerb) Help() string {
	return `Prints a script for Slurm: an array of tasks that each run tell fit --part, the first of which also submits tell merge for when all have ended well. If a task was killed, submit the script again: finished parts are used, and nothing is merged before all are there.

    tell slurm study.yaml --parts 16 --time 02:00:00 --mem 16G --cpus 4 > study.sbatch
    sbatch study.sbatch`
}

// Run implements verb.
func (s *slurmVerb) Run(_ context.Context, c *console) error {
	if _, err := study.Load(s.Study); err != nil {
		return err
	}
	job := slurmJob{Parts: int(s.Parts)}
	var err error
	if job.Study, err = scriptPath(s.Study); err != nil {
		return err
	}
	base := filepath.Base(s.Study)
	name := strings.TrimSuffix(base, filepath.Ext(base))
	if s.Output == "" {
		s.Output = name + "-report"
	}
	if job.Output, err = scriptPath(s.Output); err != nil {
		return err
	}
	job.option("job-name", "tell-"+notOfName.ReplaceAllString(name, "_"))
	job.option("time", string(s.Time))
	job.option("mem", s.Mem.text)
	if s.Cpus > 0 {
		job.option("cpus-per-task", strconv.Itoa(int(s.Cpus)))
	}
	job.option("partition", string(s.Partition))
	if n := s.Mem.mebibytes / 4 * 3; n > 0 {
		job.Memory = fmt.Sprintf(" --memory %dMiB", n)
	}
	var b strings.Builder
	if err := slurmScript.Execute(&b, job); err != nil {
		return err
	}
	return c.print(b.String())
}

var notOfName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// scriptPath is a path as a script takes it that runs in any directory.
func scriptPath(path string) (string, error) {
	if strings.ContainsAny(path, "\n\r") {
		return "", fmt.Errorf("%q: found a line break in the path, expected none, since the path is written into a script", path)
	}
	return filepath.Abs(path)
}

// slurmJob is what slurmScript takes.
type slurmJob struct {
	Options       []string // of all jobs
	Parts         int
	Study, Output string
	Memory        string // flag of tell
}

func (j *slurmJob) option(name, value string) {
	if value != "" {
		j.Options = append(j.Options, "--"+name+"="+value)
	}
}

// slurmScript submits the merge under the name of the array: singleton makes it
// wait for every earlier job of that name, so that a second submission cannot
// merge while tasks of the first still run.
var slurmScript = template.Must(template.New("slurm").Funcs(template.FuncMap{"quote": shellQuote}).Parse(`#!/bin/sh
{{range .Options}}#SBATCH {{.}}
{{end}}#SBATCH --array=1-{{.Parts}}
#
# Submit this with sbatch. If a task was killed, submit it again: parts that are
# done are used, and nothing is merged before all are there. TELL names the
# binary where it is not on the path; SBATCH_ACCOUNT and the like hold for the
# array and for the merge.
set -u
export TELL="${TELL:-tell}"
export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}"

if [ "$SLURM_ARRAY_TASK_ID" = "$SLURM_ARRAY_TASK_MIN" ]; then
	sbatch{{range .Options}} {{.}}{{end}} \
		--dependency="afterok:$SLURM_ARRAY_JOB_ID,singleton" --kill-on-invalid-dep=yes <<'END' ||
#!/bin/sh
exec "$TELL" merge {{quote .Study}} -o {{quote .Output}}{{.Memory}}
END
	echo "no merge was submitted; when all tasks are done, run:" {{quote (print "tell merge " (quote .Study) " -o " (quote .Output))}} >&2
fi
exec "$TELL" fit {{quote .Study}} -o {{quote .Output}}{{.Memory}} --part "$SLURM_ARRAY_TASK_ID/{{.Parts}}"
`))

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shellWord is a word as people write it, quoted where it has to be.
func shellWord(s string) string {
	if oneWord.MatchString(s) {
		return s
	}
	return shellQuote(s)
}

// positive is a number of 1 or more.
type positive int

// Decode implements kong.MapperValue, see [workers].
func (p *positive) Decode(c *kong.DecodeContext) error {
	text := c.Scan.Pop().String()
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("found %q, expected 1 or more", text)
	}
	*p = positive(n)
	return nil
}

// sbatchValue is a value of an option that sbatch reads in a comment of the
// script, where it splits at blanks and takes quotes away.
type sbatchValue string

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *sbatchValue) UnmarshalText(text []byte) error {
	if !oneWord.Match(text) {
		return fmt.Errorf("found %q, expected a word without blanks and quotes", text)
	}
	*v = sbatchValue(text)
	return nil
}

var oneWord = regexp.MustCompile(`^[A-Za-z0-9._:,+@/-]+$`)

// sbatchSize is a size of memory as sbatch takes it.
type sbatchSize struct {
	text      string
	mebibytes int64 // 0 for all that a node has
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *sbatchSize) UnmarshalText(text []byte) error {
	m := sizeOfSbatch.FindSubmatch(text)
	if m == nil {
		return fmt.Errorf("found %q, expected a size as sbatch takes it, such as 16G", text)
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 32)
	if err != nil {
		return fmt.Errorf("found %q, expected a size such as 16G", text)
	}
	s.text, s.mebibytes = string(text), n
	switch strings.ToUpper(string(m[2])) {
	case "K":
		s.mebibytes = n >> 10
	case "G":
		s.mebibytes = n << 10
	case "T":
		s.mebibytes = n << 20
	}
	if n > 0 && s.mebibytes < 64 {
		return fmt.Errorf("found %q, expected 64M or more", text)
	}
	return nil
}

var sizeOfSbatch = regexp.MustCompile(`^([0-9]+)([KkMmGgTt]?)$`)

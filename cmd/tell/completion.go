package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completionVerb is "tell completion".
type completionVerb struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help implements kong.HelpProvider.
func (completionVerb) Help() string {
	return `Files are completed as the shell does it.

    source <(tell completion bash)
    source <(tell completion zsh)
    tell completion fish | source`
}

// Run implements verb.
func (v *completionVerb) Run(_ context.Context, c *console) error {
	verbs := newParser(io.Discard, io.Discard, func() {}).Model.Children
	script := bashCompletion
	if v.Shell == "fish" {
		script = fishCompletion
	}
	text := script(verbs)
	if v.Shell == "zsh" {
		text = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + text
	}
	_, err := io.WriteString(c.stdout, text)
	return err
}

func bashCompletion(verbs []*kong.Node) string {
	var names []string
	var cases strings.Builder
	for _, v := range verbs {
		names = append(names, v.Name)
		var flags []string
		for _, f := range flagsOf(v) {
			flags = append(flags, "--"+f.Name)
		}
		fmt.Fprintf(&cases, "\t%s) flags=%q ;;\n", v.Name, strings.Join(flags, " "))
	}
	return fmt.Sprintf(`_tell() {
	local cur=${COMP_WORDS[COMP_CWORD]} flags=--help
	if [ "$COMP_CWORD" = 1 ]; then
		COMPREPLY=($(compgen -W %q -- "$cur"))
		return
	fi
	case ${COMP_WORDS[1]} in
%s	esac
	case $cur in
	-*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
	*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}
complete -o filenames -F _tell tell
`, strings.Join(names, " "), &cases)
}

func fishCompletion(verbs []*kong.Node) string {
	var b strings.Builder
	for _, v := range verbs {
		fmt.Fprintf(&b, "complete -c tell -n __fish_use_subcommand -f -a %s -d %s\n", v.Name, fishQuoted(v.Help))
	}
	for _, v := range verbs {
		for _, f := range flagsOf(v) {
			short := ""
			if f.Short != 0 {
				short = fmt.Sprintf(" -s %c", f.Short)
			}
			fmt.Fprintf(&b, "complete -c tell -n '__fish_seen_subcommand_from %s' -l %s%s -d %s\n", v.Name, f.Name, short, fishQuoted(f.Help))
		}
	}
	return b.String()
}

func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func flagsOf(verb *kong.Node) []*kong.Flag {
	var flags []*kong.Flag
	for _, group := range verb.AllFlags(true) {
		flags = append(flags, group...)
	}
	return flags
}

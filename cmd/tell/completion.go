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
		fmt.Fprintf(&cases, "\t%s) flags=%q words=%q ;;\n", v.Name, strings.Join(flags, " "), strings.Join(wordsOf(v), " "))
	}
	return fmt.Sprintf(`_tell() {
	local cur=${COMP_WORDS[COMP_CWORD]} verbs=%q flags=--help words=
	if [ "$COMP_CWORD" = 1 ]; then
		COMPREPLY=($(compgen -W "$verbs help --help --version" -- "$cur"))
		return
	fi
	case ${COMP_WORDS[1]} in
%s	help) words=$verbs ;;
	esac
	case $cur in
	-*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
	*)
		if [ -n "$words" ]; then
			COMPREPLY=($(compgen -W "$words" -- "$cur"))
			return
		fi
		local IFS=$'\n' # names of files may have blanks
		COMPREPLY=($(compgen -f -- "$cur"))
		;;
	esac
}
complete -o filenames -F _tell tell
`, strings.Join(names, " "), &cases)
}

// wordsOf are the values of an argument that takes no other.
func wordsOf(verb *kong.Node) []string {
	for _, a := range verb.Positional {
		if a.Enum != "" {
			return strings.Split(a.Enum, ",")
		}
	}
	return nil
}

func fishCompletion(verbs []*kong.Node) string {
	var b strings.Builder
	for _, v := range verbs {
		fmt.Fprintf(&b, "complete -c tell -n __fish_use_subcommand -f -a %s -d %s\n", v.Name, fishQuoted(v.Help))
	}
	fmt.Fprintf(&b, "complete -c tell -n __fish_use_subcommand -f -a help -d %s\n", fishQuoted("Explain the command or a verb."))
	for _, v := range verbs {
		for _, word := range wordsOf(v) {
			fmt.Fprintf(&b, "complete -c tell -n '__fish_seen_subcommand_from %s' -f -a %s\n", v.Name, word)
		}
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

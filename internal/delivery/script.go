package delivery

import (
	"embed"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// source is the scripts as they are written: sh and awk, one file a subject.
//
//go:embed sh merge
var source embed.FS

// The files of each program, in the order in which the data flows through them. Awk runs their BEGIN blocks in this
// order.
var (
	mergeFiles   = []string{"messages", "value", "decode", "home", "place", "lock", "merge"}
	managedFiles = []string{"messages", "value", "decode", "home", "place", "own", "left", "managed"}
	systemFiles  = []string{"value", "left", "system"}
	rootFiles    = []string{"decode", "place", "own", "root"}
	awkFiles     = []string{"wanted", "tokens", "grammar", "tree", "rules", "style", "edits", "merge", "main"}
)

// header begins every script, so that /bin/sh runs it even if the user's login shell is another one.
const header = "#!/bin/sh\n" +
	"# Source: internal/delivery in github.com/coder/terraform-provider-factory.\n"

// Script puts the document in place. It holds no secret and does not depend on the models. A shell of its own runs it,
// so that what the lines before it have set, such as options, aliases and functions, has no effect on it, and it has
// none on the lines after it.
func (d Delivery) Script() string {
	name := Variable(d.Namespace)
	start := "set +vx\nvalue=${" + name + "-}\n"
	program, arguments := start+d.variables(), ""
	switch d.Kind {
	case Merge:
		program += "home=${FACTORY_HOME_OVERRIDE:-${HOME-}}\n" +
			"owned=" + doubleQuoted(strings.Join(d.prefixes(), " ")) + "\n" + compose("sh", ".sh", mergeFiles)
		arguments = quoted(compose("merge", ".awk", awkFiles))
	case Managed:
		// The variable that names the file to Droid can only name one below HOME.
		program += "home=${HOME-}\n" +
			"patterns=" + doubleQuoted(d.patterns()) + "\n" + compose("sh", ".sh", managedFiles)
	case System:
		program = start + "eval \"$1\"\npatterns=" + doubleQuoted(d.patterns()) + "\n" + compose("sh", ".sh", systemFiles)
		shared := d.variables() + compose("sh", ".sh", []string{"messages"})
		arguments = quoted(shared) + " " + quoted(compose("sh", ".sh", rootFiles))
	}
	const shell = "(\n\\set +vx\n\\exec /bin/sh -c "
	return header + shell + quoted(program) + " factory " + arguments + "\n)\n"
}

// variables are those that differ from script to script.
func (d Delivery) variables() string {
	return "settings_path=" + doubleQuoted(d.Path()) + "\n" +
		"shown_path=" + doubleQuoted(droid.OneLine(d.Path())) + "\n" +
		"resource=" + doubleQuoted(d.Resource) + "\n" +
		"variable=" + Variable(d.Namespace) + "\n"
}

// prefixes are what the ids of our models begin with.
func (d Delivery) prefixes() []string {
	out := []string{droid.IDPrefix(d.Namespace)}
	for _, namespace := range d.Former {
		out = append(out, droid.IDPrefix(namespace))
	}
	return out
}

// patterns finds our ids in a file: one pattern for grep a line.
func (d Delivery) patterns() string { return `"` + strings.Join(d.prefixes(), "\n\"") }

// compose puts the files of a folder together and leaves out comments, indentation and empty lines, which only a reader
// of the source needs. The folder's files end in the extension.
func compose(folder, extension string, names []string) string {
	var out strings.Builder
	for _, name := range names {
		text, err := source.ReadFile(folder + "/" + name + extension)
		if err != nil {
			panic(err) // the files are part of this program, and the tests compose them all
		}
		for _, line := range strings.Split(string(text), "\n") {
			if line = strings.TrimLeft(line, " \t"); line != "" && line[0] != '#' {
				out.WriteString(line + "\n")
			}
		}
	}
	return out.String()
}

// quoted makes a shell word of any text.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// doubleQuoted does the same with double quotes, for a program that is itself quoted.
func doubleQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s) + `"`
}

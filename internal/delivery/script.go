package delivery

import (
	"embed"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// source is the merge as it is written: awk and sh, one file a subject.
//
//go:embed sh merge
var source embed.FS

// The files of the two programs, in the order in which the data flows through them. Awk runs their BEGIN blocks in this order, so main
// comes last.
var (
	awkFiles = []string{"file", "wanted", "strings", "parse", "tree", "rules", "style", "layout", "edits", "merge", "output", "main"}
	shFiles  = []string{"messages", "place", "lock", "write"}
)

// Delivery brings the document of one resource into a workspace, with an environment variable and a script that belong together.
type Delivery struct {
	Owned
	// Resource is the id of the resource. The variable and the script both have it, so that the script notices the document of
	// another resource.
	Resource string
	// SettingsPath is the settings file in the workspace, absolute or beginning with ~/.
	SettingsPath string
	// Managed says that SettingsPath is a file of our own, which [droid.ManagedPathVariable] names to Droid. The document becomes the
	// whole file, and what an earlier merge has left in the person's own file is removed.
	Managed bool
}

// Variable is the name of the environment variable.
func Variable(namespace string) string {
	return "FACTORY_CUSTOM_MODELS_" + strings.ToUpper(strings.ReplaceAll(namespace, "-", "_"))
}

// TokenVariable is the name of the variable with the token, for a document that has none.
func TokenVariable(namespace string) string { return Variable(namespace) + "_TOKEN" }

// Environment is what a workspace needs: the document, and for a managed file also the token and where Droid finds the file. Coder's
// agent puts the person's home into the latter.
func (d Delivery) Environment(document []byte, keep bool, token string) map[string]string {
	environment := map[string]string{Variable(d.Namespace): d.Value(document, keep)}
	if d.Managed || droid.SystemManaged(d.SettingsPath) {
		environment[TokenVariable(d.Namespace)] = token
	}
	if d.Managed {
		environment[droid.ManagedPathVariable] = strings.Replace(d.SettingsPath, "~/", "$HOME/", 1)
	}
	return environment
}

// Value is the value of the environment variable: the id of the resource, and the document in base64. keep is as in [Wanted].
func (d Delivery) Value(document []byte, keep bool) string {
	return d.Resource + ":" + encoded(document, keep)
}

// environmentLimit is what Linux allows one environment string, its name and its closing NUL included.
const environmentLimit = 128 * 1024

// Fits tells whether the variable with a document fits into the environment of a workspace.
func (d Delivery) Fits(document []byte) bool {
	return len(Variable(d.Namespace))+len("=")+len(d.Value(document, true))+len("\x00") <= environmentLimit
}

// encoded is a document as the merge reads it from a variable. Only a large one is made dense, so that others can read the rest.
func encoded(document []byte, keep bool) string {
	if len(document) > environmentLimit/2 {
		document = dense(document)
	}
	text := base64.StdEncoding.EncodeToString(document)
	if keep {
		return "keep:" + text
	}
	return text
}

// dense has an equals sign and a number in place of a line that is there before: that of the earlier line. Most lines of an entry are
// the same in many entries, and none begins with an equals sign.
func dense(document []byte) []byte {
	lines := strings.Split(string(document), "\n")
	first := make(map[string]int)
	for i, line := range lines {
		reference := "=" + strconv.Itoa(first[line])
		switch {
		case first[line] == 0:
			first[line] = i + 1
		case len(reference) < len(line):
			lines[i] = reference
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// header begins every script, so that /bin/sh runs it even if the person's login shell is another one.
const header = "#!/bin/sh\n# Merges the models of factory_custom_models into Droid's settings; every other byte of the file stays.\n" +
	"# With comments: internal/delivery in github.com/coder/terraform-provider-factory.\n(\n"

// Script merges the document into the settings file. It holds no secret and does not depend on the models. All of it runs in a
// subshell, with the rights of root if it writes Droid's system-managed file.
func (d Delivery) Script() string {
	if !droid.SystemManaged(d.SettingsPath) {
		return header + d.program(false, "file_mode=600 listed_mode=-rw------- file_mask=077") + ")\n"
	}
	// Every user of the workspace reads it.
	return header + asRoot(d.SettingsPath, d.program(true, "file_mode=644 listed_mode=-rw-r--r-- file_mask=022")) + ")\n"
}

// asRoot gives a program to sh on standard input, through sudo if root does not run the script. The secret stays in the
// environment.
func asRoot(settingsPath, program string) string {
	end := "END"
	for strings.Contains(program, end) {
		end += "_"
	}
	return `sudo='sudo -n -E'
[ "$(id -u)" != 0 ] || sudo=
$sudo true 2>/dev/null || {
echo ` + quoted("factory: "+droid.OneLine(settingsPath)+": only root can write it, and there is no sudo that asks for no password; nothing was written") + ` >&2
exit 1
}
$sudo sh <<'` + end + `'
` + program + end + "\n"
}

// program is what the shell runs: the variables for this script, the merge, and the shell code that calls it.
func (d Delivery) program(strict bool, modes string) string {
	variable, shown := Variable(d.Namespace), "$configured_path"
	if droid.OneLine(d.SettingsPath) != d.SettingsPath {
		shown = quoted(droid.OneLine(d.SettingsPath))
	}
	exported := "export LC_ALL=C merge_variable=" + variable + " merge_owned=" + quoted(d.prefixes())
	if strict {
		exported += " merge_strict=1"
	}
	return compose("sh", []string{"begin"}) + strings.Join([]string{
		"configured_path=" + quoted(d.SettingsPath),
		"shown_path=" + shown,
		exported,
		`document=${` + variable + `-}`,
		"resource=" + quoted(d.Resource),
		modes + " " + d.mode(),
		"merge_program='" + awkSource(strict) + "'",
		compose("sh", append(slices.Clone(shFiles), d.room(), "main")),
	}, "\n")
}

// room is the file of the script with what only this kind of delivery does.
func (d Delivery) room() string {
	if d.Managed {
		return "managed"
	}
	return "person"
}

// mode is the variables that tell the script about the kind of delivery.
func (d Delivery) mode() string {
	switch {
	case d.Managed:
		return "mode=whole"
	case d.SettingsPath == droid.SettingsPath:
		return "mode=merge managed_file=" + quoted(strings.TrimPrefix(droid.ManagedSettingsPath(d.Namespace), "~/"))
	}
	return "mode=merge managed_file="
}

// awkSource is the awk program, as every awk runs it: for any file, or only for one that is not system-managed.
func awkSource(strict bool) string {
	if strict {
		return compose("awk", []string{"strict"}) + plainAwk()
	}
	return plainAwk()
}

// plainAwk is composed once in a process, because all scripts have it.
var plainAwk = sync.OnceValue(func() string { return compose("awk", awkFiles) })

// compose puts files of one language together and leaves out comments, indentation and empty lines, which only a reader of the
// source needs.
func compose(language string, names []string) string {
	var out strings.Builder
	for _, name := range names {
		text, err := source.ReadFile(folders[language] + "/" + name + "." + language)
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

// folders has each language in a folder of its own.
var folders = map[string]string{"sh": "sh", "awk": "merge"}

// quoted makes a shell word of any text.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

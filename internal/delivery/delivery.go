// Package delivery brings a settings document into a workspace: an environment variable carries it, and a script puts
// it in place. The script is awk and sh, see [Delivery.Script].
package delivery

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The kinds of delivery.
const (
	// Merge merges the models into the user's settings file.
	Merge = "merge"
	// Managed writes a file of our own below HOME, which Droid reads as its organization's settings.
	Managed = "managed"
	// System writes Droid's system-managed file, as root.
	System = "system"
)

// CheckKind returns an error unless s is a kind of delivery.
func CheckKind(s string) error { return droid.OneOf(s, Merge, Managed, System) }

// Delivery is how one resource delivers its document.
type Delivery struct {
	Kind string
	// Namespace and Former say which models are ours: those whose id is of one of these namespaces.
	Namespace string
	Former    []string
	// Resource is the id of the resource. The variable and the script both have it, so that the script notices the
	// document of another resource.
	Resource string
	// SettingsPath is the settings file in the workspace, absolute or beginning with ~/. Empty stands for the kind's
	// default.
	SettingsPath string
}

// Path is the settings file in the workspace.
func (d Delivery) Path() string {
	switch {
	case d.SettingsPath != "":
		return d.SettingsPath
	case d.Kind == System:
		return droid.SystemSettingsPath
	case d.Kind == Managed:
		return droid.ManagedSettingsPath(d.Namespace)
	}
	return droid.SettingsPath
}

// State is what a document lacks.
type State string

const (
	// Complete lacks nothing.
	Complete State = ""
	// Incomplete says that a list of models could not be read. A merge leaves entries of ours that the document lacks, and
	// the default model. For the other kinds an existing file of ours stays as it is.
	Incomplete State = "keep"
	// Keyless says that no token could be made. A merge leaves an existing file as it is. The other kinds write the file
	// as always.
	Keyless State = "keyless"
)

// Content is what is delivered.
type Content struct {
	droid.Document
	State State
	// Token is for a document that names a variable in its place.
	Token string
}

// Variable is the name of the environment variable with the document.
func Variable(namespace string) string {
	return "FACTORY_CUSTOM_MODELS_" + strings.ToUpper(strings.ReplaceAll(namespace, "-", "_"))
}

// TokenVariable is the name of the variable with the token, for a document that has none.
func TokenVariable(namespace string) string { return Variable(namespace) + "_TOKEN" }

// Environment is what a workspace needs. Its keys do not depend on the content.
func (d Delivery) Environment(c Content) map[string]string {
	environment := map[string]string{Variable(d.Namespace): d.value(c)}
	if d.Kind != Merge {
		environment[TokenVariable(d.Namespace)] = c.Token
	}
	if d.Kind == Managed {
		// Coder's agent puts the user's home into this.
		environment[droid.ManagedPathVariable] = strings.Replace(d.Path(), "~/", "$HOME/", 1)
	}
	return environment
}

// Limit is what Linux allows one environment string, its name and its closing NUL included.
const Limit = 128 << 10

// Size is the size of the largest environment string, counted as for [Limit].
func (d Delivery) Size(c Content) int {
	return len(Variable(d.Namespace)) + len("=") + len(d.value(c)) + len("\x00")
}

// value is the value of the environment variable: the id of the resource, the state, the variables that keys refer to,
// and the text that the script needs, in base64.
func (d Delivery) value(c Content) string {
	text := wholeFile(c.Document)
	if d.Kind == Merge {
		text = pieces(c.Document)
	}
	if len(text) > Limit/2 { // a smaller one stays readable for others
		text = dense(text)
	}
	names := strings.Join(referred(c.Document), ",")
	return strings.Join([]string{d.Resource, string(c.State), names, base64.StdEncoding.EncodeToString([]byte(text))}, ":")
}

// marker begins the first line of a file of our own. The script replaces no other file.
const marker = "// Written by factory_custom_models"

// wholeFile is the file for a delivery that writes a file of our own. The number of models ends its first line, where
// the script finds it.
func wholeFile(doc droid.Document) string {
	const line = marker + " at each start of the workspace; changes are lost. Models: %d\n"
	return fmt.Sprintf(line, len(doc.Entries)) + string(doc.Text)
}

// pieces is the document as the merge needs it: a line with the default model as JSON, null for none; then the entries,
// before each a line with its id.
func pieces(doc droid.Document) string {
	var out strings.Builder
	if doc.DefaultID == "" {
		out.WriteString("null\n")
	} else {
		fmt.Fprintf(&out, "%q\n", doc.DefaultID) // printable ASCII
	}
	for _, e := range doc.Entries {
		fmt.Fprintf(&out, "%s\n%s\n", e.ID, indexLine.ReplaceAll(e.Text, []byte(`  "index": 0,`)))
	}
	return out.String()
}

// dense has an equals sign and a number in place of a line that is there before: that of the earlier line. Most lines
// of an entry are the same in many entries, and none begins with an equals sign.
func dense(text string) string {
	lines := strings.Split(text, "\n")
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
	return strings.Join(lines, "\n")
}

var (
	// The merge counts the places in the file itself. So this line can be the same in all entries.
	indexLine = regexp.MustCompile(`(?m)^  "index": \d+,$`)
	keyLine   = regexp.MustCompile(`(?m)^  "apiKey": .*$`)
	reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
)

// referred are the variables that keys refer to. If one is not set, Droid sends the reference itself, so the script
// says so.
func referred(doc droid.Document) []string {
	var names []string
	for _, e := range doc.Entries {
		for _, m := range reference.FindAllSubmatch(keyLine.Find(e.Text), -1) {
			if name := string(m[1]); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Package deliverytest holds the cases that the merge has to pass.
package deliverytest

import (
	_ "embed"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Namespace is the one that every case merges for.
const Namespace = "coder"

// Case is one merge.
type Case struct {
	Name string
	// Document is what is wanted, see [Document].
	Document string
	// Before is the settings file; After what it becomes. When Refusal is set, the file stays as it is.
	Before, After string
	// Refusal is "line:column: reason".
	Refusal string
	// Keep leaves our entries that are not wanted.
	Keep bool
}

// Entry is the wanted entry called name, as it stands at an index of the array, indented for a file of two spaces.
func Entry(name, index string) string {
	return `    {
      "model": "` + name + `",
      "id": "custom:coder/` + name + `",
      "index": ` + index + `,
      "baseUrl": "https://coder.example.com/v1",
      "extraHeaders": {
        "X-A": "b: \"c\": d"
      },
      "noImageSupport": false,
      "provider": "openai"
    }`
}

// Document is a wanted document with the entries called names and, unless empty, a default model.
func Document(defaultModel string, names ...string) string {
	var entries []string
	for i, name := range names {
		entries = append(entries, Entry(name, string(rune('0'+i))))
	}
	text := "{\n  \"customModels\": []"
	if len(entries) > 0 {
		text = "{\n  \"customModels\": [\n" + strings.Join(entries, ",\n") + "\n  ]"
	}
	if defaultModel != "" {
		text += ",\n  \"sessionDefaultSettings\": {\n    \"model\": \"custom:coder/" + defaultModel + "\"\n  }"
	}
	return text + "\n}"
}

// Wanted is a wanted document and what it asks for.
type Wanted struct {
	Document string
	Names    []string // of its entries
	Default  string   // the name of the default model, or empty
	Keep     bool     // whether the document may lack models
}

// Choose makes one of 256 wanted documents. Five bits say which of the models m1 to m5 are wanted. The other three say
// which of them is the default, if any. 0 asks for nothing.
func Choose(bits byte) Wanted {
	var w Wanted
	for i, name := range []string{"m1", "m2", "m3", "m4", "m5"} {
		if bits&(1<<i) != 0 {
			w.Names = append(w.Names, name)
		}
	}
	if i := int(bits >> 5); i > 0 && i <= len(w.Names) {
		w.Default = w.Names[i-1]
	}
	w.Document = Document(w.Default, w.Names...)
	return w
}

const theirs = `{ "model": "mine", "id": "custom:mine", "baseUrl": "http://127.0.0.1/v1", "provider": "openai" }`

// models is a file with a list of entries, each on lines of its own.
func models(entries ...string) string {
	return "{\n  \"customModels\": [\n" + strings.Join(entries, ",\n") + "\n  ]\n}\n"
}

//go:embed cases.txtar
var cases []byte

var (
	entryLine = regexp.MustCompile(`(?m)^    <(\w+) (\d)>`)
	picture   = regexp.MustCompile("[\u2400-\u241f]")
)

// Cases returns the cases of cases.txtar, and three that can't be shown there. In it, a file before a merge goes by the
// name of the case and the models that are wanted, with a star for the default. What it becomes follows, unless nothing
// changes. The line end before the next file belongs to no file. <m1 0> stands for the entry of m1 at place 0, a
// picture such as ␍ for its control character, and � for the byte ff.
func Cases() []Case {
	var out []Case
	for _, file := range txtar.Parse(cases).Files {
		text := strings.TrimSuffix(string(file.Data), "\n")
		text = entryLine.ReplaceAllStringFunc(text, func(line string) string {
			m := entryLine.FindStringSubmatch(line)
			return Entry(m[1], m[2])
		})
		text = picture.ReplaceAllStringFunc(text, func(s string) string {
			return string([]rune(s)[0] - '\u2400')
		})
		text = strings.ReplaceAll(text, "\ufffd", "\xff")
		if name, wanted, begins := strings.Cut(file.Name, " | "); begins {
			out = append(out, Case{Name: name, Document: documentOf(wanted), Before: text, After: text,
				Keep: strings.HasPrefix(name, "keep: ")})
		} else if refusal, refused := strings.CutPrefix(file.Name, "refused "); refused {
			out[len(out)-1].Refusal, out[len(out)-1].After = refusal, ""
		} else {
			out[len(out)-1].After = text
		}
	}
	unseen := func(before, refusal string) Case {
		return Case{Name: refusal, Document: documentOf("m1*"), Before: before, Refusal: refusal}
	}
	return append(out,
		unseen("\xef\xbb\xbf{}", "1:1: byte order mark"),
		unseen("{\"a\":\xc2\xa01}", "1:6: unexpected character"),
		unseen(`{"a":`+strings.Repeat("[", 33001)+strings.Repeat("]", 33001)+"}", "1:33004: nested too deeply for Droid"))
}

// documentOf is the document with some models, by their names. A star is on the default.
func documentOf(wanted string) string {
	defaultModel, names := "", strings.Fields(strings.TrimPrefix(wanted, "none"))
	for i, name := range names {
		if plain, starred := strings.CutSuffix(name, "*"); starred {
			names[i], defaultModel = plain, plain
		}
	}
	return Document(defaultModel, names...)
}

package delivery

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// full tells whether the long loops run whole. Otherwise they take a sample.
func full() bool { return os.Getenv("LONG") != "" }

// wanted is what a merge is asked for.
type wanted struct {
	names        []string
	defaultModel string // one of the names, or empty
	keep         bool   // whether the document may lack models
}

func (w wanted) document() string { return documentOf(w.defaultModel, w.names...) }

func (w wanted) content(t testing.TB) Content {
	t.Helper()
	if w.keep {
		return contentOf(t, w.document(), Incomplete)
	}
	return contentOf(t, w.document(), Complete)
}

// mergeCase is one merge. The settings file before becomes after, unless there is a refusal, "line:column: reason".
type mergeCase struct {
	name string
	wanted
	before, after, refusal string
}

// entry is the wanted entry called name, as it stands at an index of the array, indented for a file of two spaces.
func entry(name, index string) string {
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

// documentOf is a wanted document with the entries called names and, unless empty, a default model.
func documentOf(defaultModel string, names ...string) string {
	var entries []string
	for i, name := range names {
		entries = append(entries, entry(name, strconv.Itoa(i)))
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

// choose makes one of 256 wishes. Five bits say which of the models m1 to m5 are wanted. The other three say which of
// them is the default, if any. 0 asks for nothing.
func choose(bits byte) wanted {
	var w wanted
	for i, name := range []string{"m1", "m2", "m3", "m4", "m5"} {
		if bits&(1<<i) != 0 {
			w.names = append(w.names, name)
		}
	}
	if i := int(bits >> 5); i > 0 && i <= len(w.names) {
		w.defaultModel = w.names[i-1]
	}
	return w
}

var (
	entryLine = regexp.MustCompile(`(?m)^    <(\w+) (\d)>`)
	picture   = regexp.MustCompile("[\u2400-\u2420]")
	byteInHex = regexp.MustCompile(`<([0-9a-f]{2})>`)
)

// decoded is a text that the archives in testdata show: <m1 0> stands for the entry of m1 at place 0, a picture such as
// ␍ or ␠ for its character, and <ff> for that byte.
func decoded(text string) string {
	text = entryLine.ReplaceAllStringFunc(text, func(line string) string {
		m := entryLine.FindStringSubmatch(line)
		return entry(m[1], m[2])
	})
	text = picture.ReplaceAllStringFunc(text, func(s string) string { return string([]rune(s)[0] - '\u2400') })
	return byteInHex.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseUint(s[1:3], 16, 8) // the expression has found two digits
		return string([]byte{byte(n)})
	})
}

// mergeCases returns the cases of cases.txtar, and one that is too deep to be shown. In it, a file before a merge goes
// by the name of the case and the models that are wanted, with a star for the default. What it becomes follows, unless
// nothing changes. The line end before the next file belongs to no file.
func mergeCases(t testing.TB) []mergeCase {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/cases.txtar")
	require.NoError(t, err)
	var out []mergeCase
	for _, file := range archive.Files {
		text := decoded(strings.TrimSuffix(string(file.Data), "\n"))
		if name, models, begins := strings.Cut(file.Name, " | "); begins {
			w := wanted{keep: strings.HasPrefix(name, "keep: ")}
			for _, model := range strings.Fields(strings.TrimPrefix(models, "none")) {
				plain, starred := strings.CutSuffix(model, "*")
				w.names = append(w.names, plain)
				if starred {
					w.defaultModel = plain
				}
			}
			out = append(out, mergeCase{name: name, wanted: w, before: text, after: text})
		} else if refusal, refused := strings.CutPrefix(file.Name, "refused "); refused {
			out[len(out)-1].refusal, out[len(out)-1].after = refusal, ""
		} else {
			out[len(out)-1].after = text
		}
	}
	deep := `{"a":` + strings.Repeat("[", 33001) + strings.Repeat("]", 33001) + "}"
	return append(out, mergeCase{name: "deep", before: deep, refusal: "1:33004: nested too deeply for Droid"})
}

const theirs = `{ "model": "mine", "id": "custom:mine", "baseUrl": "http://127.0.0.1/v1", "provider": "openai" }`

// seeds are settings files of every kind, sound and broken, to start a fuzzer from: those of the cases, and the kinds
// of cases that test suites of JSON parsers have. In seeds.txtar each line is one: a value, a member of the root that
// the merge has to do with, a file, or what can stand between two tokens.
func seeds(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, c := range mergeCases(t) {
		out = append(out, c.before, c.after)
	}
	archive, err := txtar.ParseFile("testdata/seeds.txtar")
	require.NoError(t, err)
	lines := make(map[string][]string)
	for _, file := range archive.Files {
		for _, line := range strings.Split(strings.TrimSuffix(string(file.Data), "\n"), "\n") {
			lines[file.Name] = append(lines[file.Name], decoded(line))
		}
	}
	deep := strings.Repeat("[", 200)
	values := append(lines["values"], deep+strings.Repeat("]", 200),
		strings.Repeat(`{"a":`, 200)+"1"+strings.Repeat("}", 200), deep)
	for _, value := range values {
		out = append(out, `{"x": `+value+`}`, `{"customModels": [`+value+`]}`,
			`{"customModels": [], "sessionDefaultSettings": `+value+`}`)
	}
	for _, member := range lines["members"] {
		out = append(out, "{"+member+"}", "{\n  "+member+",\n  \"theme\": \"dark\"\n}\n")
	}
	out = append(out, lines["files"]...)
	for _, gap := range lines["gaps"] {
		parts := []string{"", "{", `"customModels"`, ":", "[", theirs, ",", `{"id": "custom:coder/old"}`, "]", ",",
			`"sessionDefaultSettings"`, ":", "{", `"model"`, ":", `"custom:coder/old"`, "}", "}", ""}
		out = append(out, strings.Join(parts, gap))
		for i := 1; i < len(parts); i++ {
			out = append(out, strings.Join(parts[:i], "")+gap+strings.Join(parts[i:], ""))
		}
	}
	return out
}

// longFiles are settings files that are long or deep, by name. Most have about size bytes, those of many tokens an
// eighth.
func longFiles(size int) map[string]string {
	member := `"key%": "a value, of which nothing \"is\" special: \\ / {} [] // é",`
	var lines strings.Builder
	for i := 0; lines.Len() < size; i++ {
		lines.WriteString("\n  " + strings.Replace(member, "%", strconv.Itoa(i), 1))
	}
	entry := `{ "model": "mine%", "id": "custom:mine%", "baseUrl": "http://127.0.0.1/v1", "provider": "openai" }`
	var entries []string
	for i := range size / 100 {
		entries = append(entries, "    "+strings.ReplaceAll(entry, "%", strconv.Itoa(i)))
	}
	list := "{\n  \"customModels\": [\n" + strings.Join(entries, ",\n") + "\n  ]\n}\n"
	pretty := "{" + lines.String() + "\n  \"customModels\": [\n    " + theirs + "\n  ]\n}\n"
	repeated := func(before, text, after string) string { return before + strings.Repeat(text, size/len(text)) + after }
	dense := func(before, text, after string) string {
		return before + strings.Repeat(text, size/8/len(text)) + after
	}
	inEntry := func(name, text string) string {
		const entry = `{"customModels": [{"model": "m", "baseUrl": "b", "provider": "openai", "`
		return repeated(entry+name+`": "`, text, `"}]}`)
	}
	return map[string]string{
		"many lines":            pretty,
		"one line":              strings.ReplaceAll(pretty, "\n", " "),
		"one string":            repeated(`{"x": "`, "x", `"}`),
		"escapes":               repeated(`{"x": "`, `\u0041\\`, `"}`),
		"escaped quotes":        repeated(`{"x": "`, `\"`, `"}`),
		"escapes in a key":      repeated(`{"`, `\n`, `": 1}`),
		"escapes in an id":      repeated(`{"customModels": [{"id": "custom:coder/`, `\n`, `"}]}`),
		"escapes in a model":    inEntry("model", `\u0041`),
		"escapes in a URL":      inEntry("baseUrl", `\"`),
		"escapes in a provider": inEntry("provider", `\/`),
		"empty entries":         dense(`{"customModels": [`, "{},", "{}]}"),
		"empty lines":           repeated("{", "\n", "}"),
		"numbers":               dense(`{"x": [`, "1,", "1]}"),
		"a comment":             repeated("{} //", "{", ""),
		"comments":              dense("{", "/**/", "}"),
		"white space":           repeated("{", " ", "}"),
		"entries":               list,
		"entries on one line":   strings.ReplaceAll(list, "\n", " "),
		"entries that go":       strings.ReplaceAll(list, "custom:mine", "custom:coder/mine"),
		"10,000 arrays deep":    `{"x": ` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}",
		"10,000 objects deep":   strings.Repeat(`{"x":`, 10_000) + "0" + strings.Repeat("}", 10_000),
		"arrays, not closed":    `{"x": ` + strings.Repeat("[", 10_000),
		"the end is broken":     pretty + "x",
	}
}

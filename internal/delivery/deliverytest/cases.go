// Package deliverytest holds the cases that the merge has to pass.
package deliverytest

import (
	"regexp"
	"slices"
	"strings"
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

// tight is an entry in a file on one line.
func tight(name, index string) string {
	return regexp.MustCompile(`\n? {2,}|\n`).ReplaceAllString(Entry(name, index), "")
}

const theirs = `{ "model": "mine", "id": "custom:mine", "baseUrl": "http://127.0.0.1/v1", "provider": "openai" }`

// models is a file with a list of entries, each on lines of its own.
func models(entries ...string) string {
	return "{\n  \"customModels\": [\n" + strings.Join(entries, ",\n") + "\n  ]\n}\n"
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func indented(s, to string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		text := strings.TrimLeft(line, " ")
		lines[i] = strings.Repeat(to, (len(line)-len(text))/2) + text
	}
	return strings.Join(lines, "\n")
}

// old is an entry of the namespace as some earlier run or another program wrote it.
func old(name string) string {
	return `    { "id": "custom:coder/` + name + `", "model": "x", "baseUrl": "y", "provider": "openai" }`
}

// outdent takes a level of indentation from the lines of a text.
func outdent(text string) string { return strings.ReplaceAll(text, "\n  ", "\n") }

// stays is a case in which the file is as it has to be.
func stays(name, document, text string) Case {
	return Case{Name: name, Document: document, Before: text, After: text}
}

// Cases returns the table.
func Cases() []Case {
	return slices.Concat(merges(), defaults(), refusals(), keeps())
}

func merges() []Case {
	one, two, none := Document("", "m1"), Document("", "m1", "m2"), Document("")
	return []Case{
		{Name: "absent or empty", Document: two, Before: "", After: two},
		{Name: "blank", Document: one, Before: " \r\n\t\n", After: one},
		stays("blank, nothing wanted", none, "\n"),
		stays("up to date", two, two),
		{Name: "empty object", Document: one, Before: "{}\n", After: models(Entry("m1", "0"))},
		{
			Name: "empty object with a comment", Document: one, Before: "{ // here\n}",
			After: "{ // here\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ]\n}",
		},
		{
			Name: "no customModels, and another object with such an id at the end", Document: one,
			Before: "{\"a\": 1,\n  \"sessionDefaultSettings\": {\"id\": \"custom:coder/m1\"\n}}",
			After:  "{\"a\": 1,\n  \"sessionDefaultSettings\": {\"id\": \"custom:coder/m1\"\n}, \"customModels\": [" + outdent("\n"+Entry("m1", "0")) + "\n]}",
		},
		{
			Name: "one more behind one that ends at another indentation", Document: two,
			Before: "{\n  \"customModels\": [{\"id\": \"custom:coder/m1\"\n}]}",
			After: "{\n  \"customModels\": [" + strings.TrimPrefix(outdent("\n"+Entry("m1", "0")), "\n  ") + ", " +
				strings.TrimPrefix(outdent("\n"+Entry("m2", "1")), "\n  ") + "]}",
		},
		{
			Name: "no customModels", Document: one, Before: "{\n  \"theme\": \"dark\"\n}\n",
			After: "{\n  \"theme\": \"dark\",\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ]\n}\n",
		},
		{
			Name: "no customModels, comment after the last member", Document: one,
			Before: "{\n  \"theme\": \"dark\" // nice  \n  /* end */\n}\n",
			After:  "{\n  \"theme\": \"dark\", // nice  \n  /* end */\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ]\n}\n",
		},
		{
			Name: "empty array", Document: one, Before: "{\n  \"customModels\": [],\n  \"theme\": \"dark\"\n}\n",
			After: "{\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ],\n  \"theme\": \"dark\"\n}\n",
		},
		{
			Name: "append behind theirs", Document: two, Before: models("    " + theirs),
			After: models("    "+theirs, Entry("m1", "1"), Entry("m2", "2")),
		},
		{
			Name: "append behind theirs and a comment", Document: one,
			Before: models("    " + theirs + " // keep \"this\" { [ , /* "),
			After:  models("    " + theirs + ", // keep \"this\" { [ , /* \n" + Entry("m1", "1")),
		},
		{
			Name: "replaced where it stands", Document: two, Before: models(old("m2"), "    "+theirs),
			After: models(Entry("m1", "0"), "    "+theirs, Entry("m2", "2")),
		},
		{
			Name: "in the order of the template, in the places that ours had", Document: Document("", "m3", "m1", "m2"),
			Before: models(Entry("m1", "0"), "    "+theirs, Entry("m2", "2"), "    "+theirs, Entry("m3", "4")),
			After:  models(Entry("m3", "0"), "    "+theirs, Entry("m1", "2"), "    "+theirs, Entry("m2", "4")),
		},
		{
			Name: "no longer wanted, its place is taken", Document: one, Before: models("    "+theirs, old("gone"), "    "+theirs),
			After: models("    "+theirs, Entry("m1", "1"), "    "+theirs),
		},
		{
			Name: "no longer wanted, first", Document: none, Before: models(old("m1"), "    "+theirs),
			After: models("    " + theirs),
		},
		{
			Name: "no longer wanted, last", Document: none, Before: models("    "+theirs, old("m1"), old("m2")),
			After: models("    " + theirs),
		},
		{
			Name: "twice in the file", Document: one, Before: models(old("m1"), "    "+theirs, old("m1")),
			After: models(Entry("m1", "0"), "    "+theirs),
		},
		{
			Name: "removed behind a line comment", Document: none,
			Before: models("    "+theirs, "    // mine ends here\n"+old("m1"), "    "+theirs),
			After:  models("    "+theirs, "    // mine ends here\n    "+theirs),
		},
		{
			Name: "removed behind a line comment, the next on the same line", Document: none,
			Before: "{\"customModels\": [ // c\n" + old("m1") + ", " + theirs + "]}",
			After:  "{\"customModels\": [ // c\n " + theirs + "]}",
		},
		{
			Name: "all removed, the list was ours", Document: none, Before: models(old("m1"), old("m2")), After: "{}\n",
		},
		{
			Name: "all removed, members follow", Document: none, Before: "{\n  \"customModels\": [\n" + old("m1") + "\n  ],\n  \"theme\": \"dark\"\n}\n",
			After: "{\n  \"customModels\": [],\n  \"theme\": \"dark\"\n}\n",
		},
		{
			Name: "all removed, a comment stays", Document: none, Before: models("    // about models\n" + old("m1")),
			After: "{\n  \"customModels\": [\n    // about models\n  ]\n}\n",
		},
		{
			Name: "all removed, list behind others", Document: none,
			Before: "{\n  \"theme\": \"dark\", // nice\n  \"customModels\": [\n" + old("m1") + "\n  ]\n}\n",
			After:  "{\n  \"theme\": \"dark\" // nice\n}\n",
		},
		stays("an empty list stays", none, "{\"customModels\": [ ]}"),
		{
			Name: "one line", Document: two, Before: `{"a":1}`,
			After: `{"a":1,"customModels": [` + tight("m1", "0") + `,` + tight("m2", "1") + `]}`,
		},
		{
			Name: "one line with spaces", Document: one, Before: `{ "a": [1, 2] }`,
			After: `{ "a": [1, 2], "customModels": [` + tight("m1", "0") + `] }`,
		},
		{
			Name: "one line, appended and replaced", Document: two,
			Before: `{"customModels":[` + theirs + `,{"id":"custom:coder/m2"}],"b":2}`,
			After:  `{"customModels":[` + theirs + `,` + tight("m1", "1") + `,` + tight("m2", "2") + `],"b":2}`,
		},
		{
			Name: "one line is left", Document: none,
			Before: "{\"customModels\":[{\"id\":\"custom:coder/gone\",\n\"model\":\"x\"}," + theirs + "]}",
			After:  "{\"customModels\":[" + theirs + "]}",
		},
		{
			Name: "brackets hug the entries", Document: one,
			Before: "{\n  \"customModels\": [{\n    \"model\": \"a\"\n  }]\n}",
			After: "{\n  \"customModels\": [{\n    \"model\": \"a\"\n  }, " +
				strings.TrimLeft(strings.ReplaceAll(Entry("m1", "1"), "\n    ", "\n  "), " ") + "]\n}",
		},
		{Name: "CRLF", Document: one, Before: crlf(models("    " + theirs)), After: crlf(models("    "+theirs, Entry("m1", "1")))},
		{
			Name: "tabs", Document: one, Before: indented(models("    "+theirs), "\t"),
			After: indented(models("    "+theirs, Entry("m1", "1")), "\t"),
		},
		{
			Name: "escapes in keys and ids", Document: one,
			Before: "{\n  \"custom\\u004dodels\": [\n    {\"\\u0069d\": \"custom:coder\\/m\\u0031\"}\n  ]\n}",
			After:  "{\n  \"custom\\u004dodels\": [\n" + Entry("m1", "0") + "\n  ]\n}",
		},
		{
			Name: "duplicate keys, the last counts", Document: one,
			Before: "{\n  \"customModels\": 7,\n  \"customModels\": [\n    {\"id\": \"custom:coder/x\", \"id\": \"custom:mine\"}\n  ]\n}",
			After: "{\n  \"customModels\": 7,\n  \"customModels\": [\n    {\"id\": \"custom:coder/x\", \"id\": \"custom:mine\"},\n" +
				Entry("m1", "1") + "\n  ]\n}",
		},
		stays(
			"other namespaces and look-alikes stay", none,
			`{"customModels":[{"id":"custom:coder2/m1"},{"id":"custom:coder"},{"id":7},{"id":"CUSTOM:coder/m1"},null,"custom:coder/m1",[{"id":"custom:coder/m1"}],{"x":{"id":"custom:coder/m1"}}]}`,
		),
		stays("a list of the same name further down is not the list", none, `{"x":{"customModels":[{"id":"custom:coder/m1"}]}}`),
		{
			Name: "everything JSON has", Document: one,
			Before: "/* top */ {\n  \"n\": [-0, 1.50e+999, 123456789012345678901234567890, 1E-2], // \"quoted\n" +
				"  \"s\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\xff é 😀 \u2028 // no /* comment */\",\n  \"l\": [true, false, null, {}, []]\n} // end \"x\"",
			After: "/* top */ {\n  \"n\": [-0, 1.50e+999, 123456789012345678901234567890, 1E-2], // \"quoted\n" +
				"  \"s\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\xff é 😀 \u2028 // no /* comment */\",\n  \"l\": [true, false, null, {}, []],\n" +
				"  \"customModels\": [\n" + Entry("m1", "0") + "\n  ]\n} // end \"x\"",
		},
		{
			Name: "a lone carriage return ends a line comment", Document: one, Before: "{// c\r\"a\":1}",
			After: "{// c\r\"a\":1,\"customModels\": [" + tight("m1", "0") + "]}",
		},
		{
			Name: "quotes behind stars in a comment, and escapes in an id", Document: none,
			Before: `{"customModels":[{"id":"custom:coder/m1"},{"id":"custom:mine\"\\x"}] /* *" **" */}`,
			After:  `{"customModels":[{"id":"custom:mine\"\\x"}] /* *" **" */}`,
		},
		stays(
			"incomplete entries that Droid drops alone", none,
			`{"customModels":[{"provider":"google"},{"provider":"x","model":"m"},{"provider":"x","model":7,"baseUrl":"b"},{"provider":"x","model":"m","baseUrl":"b","baseUrl":null}]}`,
		),
		stays(
			"what Droid overlooks in the user's file", none,
			`{"customModels":[{"provider":"OpenAI","model":"m","baseUrl":"","maxOutputTokens":"x","apiKey":null},{"provider":"bedrock-converse","model":"m","bedrock":{"awsRegion":7}}]}`,
		),
		{
			Name: "a string that ends the file in a comment", Document: one, Before: "{\"a\":1}//\"x\"",
			After: "{\"a\":1,\"customModels\": [" + tight("m1", "0") + "]}//\"x\"",
		},
	}
}

func session(model string) string {
	return "{\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ],\n  \"sessionDefaultSettings\": {\n    \"a\": 1,\n    \"model\": " + model + "\n  }\n}\n"
}

func defaults() []Case {
	plain, with := Document("", "m1"), Document("m1", "m1")
	list := "{\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ]"
	return []Case{
		{Name: "default, new file", Document: with, Before: "", After: with},
		{
			Name: "default, none chosen", Document: with, Before: "{\n  \"theme\": \"dark\"\n}\n",
			After: "{\n  \"theme\": \"dark\",\n  " + strings.TrimPrefix(with, "{\n  ") + "\n",
		},
		{
			Name: "default, settings without model", Document: with, Before: list + ",\n  \"sessionDefaultSettings\": {\n    \"a\": 1\n  }\n}",
			After: list + ",\n  \"sessionDefaultSettings\": {\n    \"a\": 1,\n    \"model\": \"custom:coder/m1\"\n  }\n}",
		},
		{
			Name: "default, settings empty", Document: with, Before: list + ",\n  \"sessionDefaultSettings\": {}\n}",
			After: list + ",\n  \"sessionDefaultSettings\": {\n    \"model\": \"custom:coder/m1\"\n  }\n}",
		},
		stays("default, theirs rules", with, session(`"custom:mine"`)),
		stays("default, ours of another namespace rules", with, session(`"custom:other/x"`)),
		{
			Name: "default, theirs under the older key rules", Document: with, Before: "{\n  \"model\": \"custom:mine\"\n}",
			After: "{\n  \"model\": \"custom:mine\",\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ]\n}",
		},
		{Name: "default, ours that is gone", Document: with, Before: session(`"custom:coder/gone"`), After: session(`"custom:coder/m1"`)},
		{Name: "default, null", Document: with, Before: session(`null`), After: session(`"custom:coder/m1"`)},
		{Name: "default, empty", Document: with, Before: session(`""`), After: session(`"custom:coder/m1"`)},
		{
			Name: "default, ours is still there", Document: Document("m1", "m1", "m2"),
			Before: strings.TrimSuffix(Document("m2", "m1", "m2"), ""), After: Document("m2", "m1", "m2"),
		},
		{
			Name: "no default, ours that is gone goes", Document: plain, Before: session(`"custom:coder/gone"`),
			After: "{\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ],\n  \"sessionDefaultSettings\": {\n    \"a\": 1\n  }\n}\n",
		},
		{
			Name: "no default, a comment in the one of ours that goes stays", Document: plain, Before: session("/* why */ \"custom:coder/gone\""),
			After: "{\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ],\n  \"sessionDefaultSettings\": {\n    \"a\": 1\n    /* why */\n  }\n}\n",
		},
		{
			Name: "no default, a line comment in the one of ours that goes stays", Document: plain, Before: session("// why\n \"custom:coder/gone\""),
			After: "{\n  \"customModels\": [\n" + Entry("m1", "0") + "\n  ],\n  \"sessionDefaultSettings\": {\n    \"a\": 1\n    // why\n  }\n}\n",
		},
		{
			Name: "no default, comments before and behind the colon stay where it is all", Document: plain,
			Before: "{\"customModels\":[" + tight("m1", "0") + "],\"sessionDefaultSettings\":{\"model\"/*a*/:// b\r\"custom:coder/gone\"}}",
			After:  "{\"customModels\":[" + tight("m1", "0") + "],\"sessionDefaultSettings\":{/*a*/// b\r}}",
		},
		{
			Name: "no default, duplicates of ours that are gone go together", Document: plain,
			Before: "{\"customModels\":[" + tight("m1", "0") + "],\"sessionDefaultSettings\":{\"model\":\"opus\",\"model\":\"custom:coder/a\",\"x\":1,\"model\":\"custom:coder/b\"}}",
			After:  "{\"customModels\":[" + tight("m1", "0") + "],\"sessionDefaultSettings\":{\"model\":\"opus\",\"x\":1}}",
		},
		stays("no default, theirs stays", plain, session(`"opus"`)),
		{Name: "all ours go", Document: Document(""), Before: with, After: "{}"},
		{
			Name: "all ours go, in the other order", Document: Document(""),
			Before: "{\"a\":1,\"sessionDefaultSettings\":{\"model\":\"custom:coder/m1\"},\"customModels\":[" + tight("m1", "0") + "]}",
			After:  "{\"a\":1}",
		},
		{
			Name: "all ours go, theirs between", Document: Document(""),
			Before: "{\"sessionDefaultSettings\":{\"model\":\"custom:coder/m1\"},\"a\":1,\"customModels\":[" + tight("m1", "0") + "]}",
			After:  "{\"sessionDefaultSettings\":{},\"a\":1}",
		},
		{
			Name: "the gone default's member gives its place to the list", Document: plain,
			Before: "{\n  \"sessionDefaultSettings\": {\n    \"model\": \"custom:coder/gone\"\n  }\n}",
			After:  list + "\n}",
		},
		{
			Name: "default gone, the older key rules", Document: with,
			Before: list + ",\n  \"model\": \"custom:mine\",\n  \"sessionDefaultSettings\": {\n    \"model\": \"custom:coder/gone\"\n  }\n}",
			After:  list + ",\n  \"model\": \"custom:mine\"\n}",
		},
	}
}

func refusals() []Case {
	refused := func(before, refusal string) Case {
		return Case{Name: "refused: " + refusal + " in " + before, Document: Document("m1", "m1"), Before: before, Refusal: refusal}
	}
	return []Case{
		refused("\xef\xbb\xbf{}", "1:1: byte order mark"),
		refused("{\n  \"a\": [1,\n  ]\n}", "3:3: trailing comma"),
		refused("{\"a\":1, // c\n}", "2:1: trailing comma"),
		refused("{,}", "1:2: unexpected character"),
		refused("{\"a\":\xc2\xa01}", "1:6: unexpected character"),
		refused("{\"a\":1 / 2}", "1:8: unexpected character"),
		refused("{\"a\":/\"b\"}", "1:6: unexpected character"),
		refused("{\"a\":1}\f", "1:8: text after the end"),
		refused("{\"a\":\"x", "1:8: unexpected end of file"),
		refused("{\"a\":\"x\\", "1:9: unexpected end of file"),
		refused("{\"a\":\"\\u12", "1:7: invalid escape in a string"),
		refused("{\n\"a\": [1,\n", "3:1: unexpected end of file"),
		refused("// nothing else\n", "2:1: unexpected end of file"),
		refused("{} /* open", "1:4: comment is not closed"),
		refused("{\"a\":\"x\ty\"}", "1:8: control character in a string"),
		refused("{\"a\":\"\\x\"}", "1:7: invalid escape in a string"),
		refused("{\"a\":\"\\u12\x104\"}", "1:7: invalid escape in a string"),
		refused("{\"a\":01}", "1:6: invalid value"),
		refused("null", "1:1: the settings are not an object"),
		refused("  \"x\"", "1:3: the settings are not an object"),
		refused("{\n  \"customModels\": null\n}", "2:19: customModels is not an array"),
		refused("{\"customModels\":[{\"provider\":\"google\",\"model\":\"m\",\"baseUrl\":\"b\"}]}", "1:30: provider makes Droid drop every model"),
		refused("{\"customModels\":[{\"model\":\"m\",\"bedrock\":{},\"provider\":\"x\"}]}", "1:55: provider makes Droid drop every model"),
		refused(`{"a":`+strings.Repeat("[", 33001)+strings.Repeat("]", 33001)+"}", "1:33004: nested too deeply for Droid"),
		refused("{\"customModels\":[{\"model\":\"m\",\"baseUrl\":\"b\",\"provider\":\"\"},{\"model\":\"m\",\"baseUrl\":\"b\",\"provider\":\"y\"}]}", "1:56: provider makes Droid drop every model"),
		refused("{\"sessionDefaultSettings\": [], \"customModels\": []}", "1:28: sessionDefaultSettings is not an object"),
		refused(`{"a":1"b"}`, "1:7: unexpected character"),
		refused("{\"a\":\"\x01\\n\"}", "1:7: control character in a string"),
	}
}

// keeps are merges of a document that may lack models.
func keeps() []Case {
	none, one, two := Document(""), Document("", "m1"), Document("m2", "m1", "m2")
	out := []Case{
		stays("nothing wanted, new file", none, "\n"),
		{Name: "new file", Document: one, Before: "", After: one},
		stays("nothing wanted, nothing changes", none, session(`"custom:coder/gone"`)),
		{
			Name: "what is not wanted stays where it stands", Document: two,
			Before: models(old("gone"), old("m2"), "    "+theirs),
			After: strings.TrimSuffix(models(old("gone"), Entry("m2", "1"), "    "+theirs, Entry("m1", "3")), "\n}\n") +
				",\n  \"sessionDefaultSettings\": {\n    \"model\": \"custom:coder/m2\"\n  }\n}\n",
		},
		{
			Name: "twice in the file, both are replaced", Document: one,
			Before: models(old("m1"), "    "+theirs, old("m1")), After: models(Entry("m1", "0"), "    "+theirs, Entry("m1", "2")),
		},
		{
			Name: "the order in the file stays", Document: Document("", "m1", "m2", "m3"),
			Before: models(Entry("m3", "0"), Entry("m1", "1")), After: models(Entry("m3", "0"), Entry("m1", "1"), Entry("m2", "2")),
		},
		stays("a default of ours stays", Document("m1", "m1"), session(`"custom:coder/gone"`)),
		{
			Name: "an entry that stays is looked at like theirs", Document: one, Refusal: "1:55: provider makes Droid drop every model",
			Before: `{"customModels":[{"id":"custom:coder/gone","provider":"google","model":"m","baseUrl":"b"}]}`,
		},
		{
			Name: "one that is replaced may be anything", Document: one,
			Before: `{"customModels":[{"id":"custom:coder/m1","provider":"google","model":"m","baseUrl":"b"}]}`,
			After:  `{"customModels":[` + tight("m1", "0") + `]}`,
		},
	}
	for i := range out {
		out[i].Name, out[i].Keep = "keep: "+out[i].Name, true
	}
	return out
}

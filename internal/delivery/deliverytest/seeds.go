package deliverytest

import (
	"strconv"
	"strings"
)

// Seeds are settings files of every kind, sound and broken, to start a fuzzer from: those of [Cases], and the kinds of
// cases that test suites of JSON parsers have.
func Seeds() []string {
	var out []string
	for _, c := range Cases() {
		out = append(out, c.Before, c.After)
	}
	for _, value := range values {
		out = append(out, `{"x": `+value+`}`, `{"customModels": [`+value+`]}`, `{"customModels": [], "sessionDefaultSettings": `+value+`}`)
	}
	for _, member := range members {
		out = append(out, "{"+member+"}", "{\n  "+member+",\n  \"theme\": \"dark\"\n}\n")
	}
	out = append(out, files...)
	for _, gap := range gaps { // in every gap of a file
		parts := []string{"", "{", `"customModels"`, ":", "[", theirs, ",", `{"id": "custom:coder/old"}`, "]", ",",
			`"sessionDefaultSettings"`, ":", "{", `"model"`, ":", `"custom:coder/old"`, "}", "}", ""}
		out = append(out, strings.Join(parts, gap))
		for i := 1; i < len(parts); i++ {
			out = append(out, strings.Join(parts[:i], "")+gap+strings.Join(parts[i:], ""))
		}
	}
	return out
}

// values are valid and invalid texts in the place of a value.
var values = []string{
	"0", "-0", "1", "12345678901234567890", "1.5", "1e5", "1E+5", "1e-5", "0.1e1", "-1.0E-2", "1e400", "true", "false", "null",
	"", "00", "01", "-", "-01", "+1", "1.", ".5", "1e", "1e+", "1.e1", "0x1", "1_000", "Infinity", "-Infinity", "NaN", "1a", "--1", "1-1",
	"tru", "True", "TRUE", "nul", "nulll", "undefined", "a", "truefalse", "true false",
	`""`, `"a"`, `"\""`, `"\\"`, `"\\\\"`, `"\\\""`, `"\/"`, `"\b\f\n\r\t"`, `"\u0000"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`,
	`"é"`, `"😀"`, `"` + "\u2028" + `"`, `"` + "\x7f" + `"`, `"//"`, `"/* */"`, `"*/"`, `"{[}]"`, `","`, `":"`,
	`"`, `"a`, `"\`, `"\"`, `"\u"`, `"\u12"`, `"\u12g4"`, `"\x41"`, `"\a"`, `"\'"`, `'a'`, `"` + "\n" + `"`, `"` + "\t" + `"`, `"` + "\x00" + `"`,
	`"` + "\xff" + `"`, `"` + "\xc0\xaf" + `"`, `"` + "\xed\xa0\x80" + `"`, `"` + "\xe9" + `"`, `"\` + "\n" + `"`, `"a" "b"`, `"a"b`,
	"[]", "[ ]", "[1]", "[1,2]", "[[]]", "[{}]", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[", "[1", "[1,", "]", "[1}", "[[1]", "[1]]",
	"{}", "{ }", `{"a":1}`, `{"a":1,"a":2}`, `{"a":{"b":[{}]}}`, `{"":0}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":1 "b":2}`,
	`{a:1}`, `{'a':1}`, `{1:1}`, `{"a"::1}`, `{"a":1,,"b":2}`, "{", `{"a"`, `{"a":`, `{"a":1`, "}", `{"a":1]`, `{[]:1}`,
	strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200), strings.Repeat("[", 200),
}

// members are members of the root that the merge has to do with.
var members = []string{
	`"customModels": []`, `"customModels": [ ]`, "\"customModels\": [\n  ]", `"customModels": [ /* none */ ]`, "\"customModels\": [ // none\n]",
	`"customModels": null`, `"customModels": {}`, `"customModels": "x"`, `"customModels": [null, 1, "custom:coder/x", [], {}]`,
	`"custom\u004dodels": []`, `"customModels": [], "customModels": [` + theirs + `]`, `"customModels": [` + theirs + `], "customModels": []`,
	`"customModels": [{"id": "custom:coder/a", "id": "custom:mine"}]`, `"customModels": [{"id": "custom:mine", "id": "custom:coder/a"}]`,
	`"customModels": [{"\u0069d": "custom\u003acoder/m1"}]`, `"customModels": [{"id": "custom:coder/\ud800"}]`, `"customModels": [{"id": 1}, {"id": null}]`,
	`"customModels": [{"id": "custom:coder/m1"}, {"id": "custom:coder/m1"}, ` + theirs + `, {"id": "custom:coder/m2"}]`,
	`"customModels": [{"id": "custom:coder-x/m1"}, {"id": "custom:coder"}, {"id": "CUSTOM:CODER/m1"}]`,
	`"customModels": [{"id": "custom:x", "provider": "google"}]`, `"customModels": [{"id": "custom:coder/x", "provider": "google"}]`,
	`"customModels": [{"a": {"id": "custom:coder/m1"}}]`, `"customModels": [[{"id": "custom:coder/m1"}]]`, `"nested": {"customModels": [{"id": "custom:coder/m1"}]}`,
	`"sessionDefaultSettings": {}`, `"sessionDefaultSettings": { }`, `"sessionDefaultSettings": {"model": "custom:coder/gone"}`,
	`"sessionDefaultSettings": {"model": "custom:coder/m1"}`, `"sessionDefaultSettings": {"model": "mine"}`, `"sessionDefaultSettings": {"model": ""}`,
	`"sessionDefaultSettings": {"model": null}`, `"sessionDefaultSettings": {"model": "custom:coder/gone", "x": 1}`,
	`"sessionDefaultSettings": {"x": 1, "model": "custom:coder/gone"}`, `"sessionDefaultSettings": {"model": 1, "model": "custom:coder/gone"}`,
	`"sessionDefaultSettings": {"reasoningEffort": /* why */ "low", "x": 1, "x": 2 // last
}`, `"x": // why
 {"a": 1}, "theme": "light"`, `"\u0078": 1, "theme" /* a */: 2, "x\n": 3`,
	`"sessionDefaultSettings": null`, `"model": "custom:coder/gone"`, `"model": "mine"`, `"model": "custom:coder/m1"`,
}

// files are texts that are not one object on its own.
var files = []string{
	"{\"customModels\":[{\"id\":\"custom:coder/old\"\n },{}]}", "{\"customModels\":[{\"id\":\"custom:coder/m1\"\n },{\"id\":\"custom:coder/m2\"\n  }, {}]}",
	"{\n    \"customModels\":[{\"id\":\"custom:coder/old\"\n}]}", "{\"x\":1,\n  \"y\": {\"id\": \"custom:coder/old\"\n}}",
	"", " ", "\n", "\r\n\t ", "\f", "\v", "\u00a0", "\x00", "\xff", "\xef\xbb\xbf{}", "\xef\xbb\xbf", "null", "[]", `"x"`, "1", "x", "{}{}", "{} {}", "{}x", "{},", "{}]", "{}//",
	"// only", "/* only */", "/*", "/", "{/", "{//", "{/*", "{/**/", "{/*/}", "{/***/}", "{/*/**/}", "{/* */ */}", "{}/", "{}/* */", "{}// x", "{}# x", "{-- x\n}",
	"#!/bin/sh\n{}", "<!-- x -->", "{\r\"a\"\r:\r1\r}", "{// x\r\"a\":1}", "\n\n{}\n\n", "\t{}", "{}\x00", "{\x00}", "\xfe\xff\x00{\x00}",
}

// gaps are what can stand between two tokens.
var gaps = []string{" ", "\t", "\n", "\r\n", "\r", "/**/", "/* * / */", "// x\n", "// x\r\n", "// x\r", "//\n//\n", "/*\n*/\n", "\f", "\u2028", "/ /", "//"}

// Long are settings files that are long or deep, by name. Most have about size bytes, those of many tokens an eighth.
func Long(size int) map[string]string {
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
	list := models(entries...)
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

// Package install is the script that merges the settings document into Droid's settings file in a workspace: the rules of
// package settings for a machine of which nothing is known but that it has sh and awk.
package install

import (
	"cmp"
	_ "embed"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

//go:embed install.sh
var installSh string

//go:embed merge.awk
var mergeAwk string

// nothing is the settings document of a resource without models.
const nothing = "{\n  \"customModels\": []\n}"

// Variable is the environment variable that brings a namespace's settings document, in base64.
func Variable(namespace string) string {
	return "FACTORY_CUSTOM_MODELS_" + strings.ToUpper(strings.ReplaceAll(namespace, "-", "_"))
}

// header begins every script, so that /bin/sh runs it whatever the person's login shell is.
const header = "#!/bin/sh\n# Merges the models of factory_custom_models into Droid's settings; every other byte of the file stays.\n" +
	"# To read: provider/internal/install in github.com/coder/terraform-provider-factory.\n(\n"

// Script merges the document of a namespace into the file settingsPath, which is absolute or begins with ~/. It holds
// no secret and does not depend on the models. All of it runs in a subshell; where Droid has its system-managed file,
// with the rights of root.
func Script(namespace, settingsPath string) string {
	if !strings.HasPrefix(settingsPath, "/etc/") && !strings.HasPrefix(settingsPath, "/Library/") { // Linux, macOS
		return header + program(namespace, settingsPath, "mode=600 mask=077 strict=") + ")\n"
	}
	// System-managed: every user of the workspace reads it, and Droid is strict about it.
	return header + asRoot(settingsPath, program(namespace, settingsPath, "mode=644 mask=022 strict=1")) + ")\n"
}

// asRoot gives a program to sh by standard input, through sudo where the script is not run by root. The secret goes along in the
// environment.
func asRoot(settingsPath, program string) string {
	end := "END"
	for strings.Contains(program, end) {
		end += "_"
	}
	return `sudo='sudo -n -E'
[ "$(id -u)" != 0 ] || sudo=
$sudo true 2>/dev/null || {
echo ` + quoted("factory: "+oneLine(settingsPath)+": only root can write it, and there is no sudo that asks for no password; nothing was written") + ` >&2
exit 1
}
$sudo sh <<'` + end + `'
` + program + end + "\n"
}

func program(namespace, settingsPath, settings string) string {
	variable := Variable(namespace)
	return strings.Join([]string{
		"shown=" + quoted(oneLine(settingsPath)),
		"configured=" + quoted(settingsPath),
		"prefix=" + quoted("custom:"+namespace+"/"),
		"variable=" + variable,
		`document=${` + variable + `-}`,
		"none=" + base64.StdEncoding.EncodeToString([]byte(nothing)),
		"wire='env = factory_custom_models.NAME.env'",
		settings,
		"merge_awk() {",
		"awk '" + mergeProgram() + "'",
		"}",
		mergeCaller(),
	}, "\n") + "\n"
}

// quoted makes a shell word of any text.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// oneLine is a text as a message can show it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

// code leaves out what only a reader of the source needs: comments on lines of their own, indentation, empty lines.
func code(source string) string {
	var lines []string
	for _, line := range strings.Split(source, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// mergeProgram is merge.awk as the script carries it: without what only its reader needs, and with short names.
var mergeProgram = sync.OnceValue(func() string { return dense(code(mergeAwk)) })

// token is a string, a regular expression, a word, a newline with the braces around it, or any other character.
var token = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[~(,!] */(?:[^/\\]|\\.)+/|[A-Za-z_]\w*|\{\n|\n\}(?:\n\})*|[^ ]| +`)

// awkWords are the words of awk that the program uses; all others are its own.
var awkWords = strings.Fields("BEGIN END ENVIRON RLENGTH RS RSTART break close continue do else exit for function getline if in index int length " +
	"match print printf return split sprintf sub gsub substr tolower while")

// dense takes the spaces out of an awk program that it does not need, and gives its names one or two letters, the
// shortest to the most frequent.
func dense(program string) string {
	tokens := token.FindAllString(program, -1)
	uses := make(map[string]int)
	for _, t := range tokens {
		if isWord(t[0]) && !slices.Contains(awkWords, t) && t[0] > '9' {
			uses[t]++
		}
	}
	short := shortNames(uses)
	var b strings.Builder
	last := byte('\n')
	for i, t := range tokens {
		switch {
		case t[0] == ' ':
			if i+1 == len(tokens) || !isWord(last) || !isWord(tokens[i+1][0]) {
				continue
			}
		case t[0] == '{' && len(t) > 1, t[0] == '\n' && len(t) > 1:
			t = strings.ReplaceAll(t, "\n", "")
		case short[t] != "":
			t = short[t]
		case len(t) > 1 && strings.HasSuffix(t, "/"):
			t = t[:1] + strings.TrimLeft(t[1:], " ")
		}
		b.WriteString(t)
		last = t[len(t)-1]
	}
	program = b.String()
	for before := ""; before != program; {
		before, program = program, lone.ReplaceAllString(program, "$1$2$3")
	}
	return program
}

// lone is a statement that is all there is in its braces, with no else behind it.
var lone = regexp.MustCompile(`((?:if|while|for)\([^{}\n]*\))\{([^{};\n]+)\}([\n}])`)

// shortNames gives each name one letter, or one and a digit, the shortest to the most frequent.
func shortNames(uses map[string]int) map[string]string {
	names := slices.SortedFunc(maps.Keys(uses), func(a, b string) int {
		return cmp.Or(cmp.Compare(uses[b], uses[a]), strings.Compare(a, b))
	})
	short := make(map[string]string, len(names))
	for i, name := range names {
		const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		short[name] = letters[i%len(letters):][:1]
		if i >= len(letters) { // a digit: awks and shells have words of their own of two letters
			short[name] += strconv.Itoa(i/len(letters) - 1)
		}
	}
	return short
}

// mergeCaller is install.sh as the script carries it: as mergeProgram is.
var mergeCaller = sync.OnceValue(func() string { return denseShell(code(installSh)) })

var (
	// shellNames are where a shell program names its functions and variables. Those that begin with f_ are for awk.
	shellNames = regexp.MustCompile(`(?m)(?:^|[ ({])([a-eg-z][a-z_]*|f[a-z][a-z_]*)(?:=|\(\))`)
	// shellToken is a text in single quotes, an escaped character, a reference, the start of a command in a text, a word, or any
	// other character.
	shellToken = regexp.MustCompile(`'[^']*'|\\.|\$\{?[A-Za-z_]\w*|\$\(|[\w.-]*[A-Za-z_][\w.-]*|(?s:.)`)
)

// denseShell shortens the names that a shell program gives. In double quotes only a reference is a name, but for a command
// that is in them.
func denseShell(program string) string {
	uses := make(map[string]int)
	for _, m := range shellNames.FindAllStringSubmatch(program, -1) {
		uses[m[1]]++
	}
	short := shortNames(uses)
	var b strings.Builder
	quoted := []bool{false} // the last is of the innermost command
	for _, t := range shellToken.FindAllString(program, -1) {
		name := strings.TrimLeft(t, "${")
		inner := len(quoted) - 1
		switch s := short[name]; {
		case s != "" && (name != t || !quoted[inner]):
			t = strings.TrimSuffix(t, name) + s
		case t == `"`:
			quoted[inner] = !quoted[inner]
		case t == "$(":
			quoted = append(quoted, false)
		case t == ")" && inner > 0 && !quoted[inner]:
			quoted = quoted[:inner]
		}
		b.WriteString(t)
	}
	return b.String()
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

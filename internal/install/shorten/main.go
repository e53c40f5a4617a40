// Command shorten writes install.sh and merge.awk as a script in a workspace carries them into the folder short: without what
// only their readers need, and with short names, since the script's text stands in every state and environment. It runs by
// `go generate`.
package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shorten:", err)
		os.Exit(1)
	}
}

func run() error {
	for file, shorten := range shorteners {
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join("short", file), []byte(shorten(code(string(source)))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// shorteners are the files by what shortens them.
var shorteners = map[string]func(string) string{"install.sh": denseShell, "merge.awk": dense}

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

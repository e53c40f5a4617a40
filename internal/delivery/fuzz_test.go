package delivery

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/tailscale/hujson"
)

// outline is a settings file as another parser sees it: what is ours, and what has to stay.
type outline struct {
	foreign  []string         // the members and entries that are not ours, as bytes
	comments []string         // those between them
	ours     []map[string]any // our entries that the merge may change
	places   []float64        // where they stand in customModels
	sessions []string         // sessionDefaultSettings.model, the last of which counts
	top      string           // the older model of the root
	hollow   bool             // the root, customModels, sessionDefaultSettings or its model is there with nothing in it
}

const prefix = "custom:coder/"

// plain changes a text for the other parser, which wants UTF-8, ends a line only at a line feed, and accepts no other
// line separator in a comment. All offsets stay.
func plain(src []byte) []byte {
	out := bytes.Clone(src)
	for i := 0; i < len(out); {
		r, n := utf8.DecodeRune(out[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			out[i] = '?'
		case r == '\r' && !bytes.HasPrefix(out[i:], []byte("\r\n")):
			out[i] = '\n'
		case r == '\u2028' || r == '\u2029':
			copy(out[i:], "???")
		}
		i += n
	}
	return out
}

// sound tells whether the text is one object as Droid reads it, and parses it.
func sound(src []byte) (root hujson.Value, ok bool) {
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		return root, false
	}
	root, err := hujson.Parse(append(plain(src), '\n')) // it wants a line comment to end
	if err != nil || root.Value.Kind() != '{' {
		return root, false
	}
	for v := range root.All() {
		switch c := v.Value.(type) {
		case *hujson.Object:
			if n := len(c.Members); n > 0 && c.Members[n-1].Value.AfterExtra != nil {
				return root, false
			}
		case *hujson.Array:
			if n := len(c.Elements); n > 0 && c.Elements[n-1].AfterExtra != nil {
				return root, false
			}
		}
	}
	return root, true
}

// comment finds a comment, a line comment with the end of its line. A lone carriage return is a line feed by then, see
// plain.
var comment = regexp.MustCompile(`//[^\r\n]*(?:\r?\n)?|/\*(?s:.*?)\*/`)

// outlineOf reads a file, for somebody who wants something. A wanted member is not foreign.
func outlineOf(root hujson.Value, src []byte, w wanted) outline {
	var o outline
	rest := plain(src) // without members and entries, so that all comments in it are between them
	cut := func(from, to int) { copy(rest[from:to], bytes.Repeat([]byte(" "), to-from)) }
	keep := func(from, to int) {
		o.foreign = append(o.foreign, string(src[from:to]))
		cut(from, to)
	}
	value := func(v hujson.Value) (out any) {
		standard := v.Clone()
		standard.Standardize()
		_ = json.Unmarshal(standard.Pack(), &out)
		return out
	}
	text := func(v hujson.Value) string {
		s, _ := value(v).(string)
		return s
	}
	// members walks an object; the last of duplicate keys counts.
	members := func(o *hujson.Object, visit func(key string, counts bool, m hujson.ObjectMember)) {
		for i, m := range o.Members {
			key := text(m.Name)
			visit(key, !slices.ContainsFunc(o.Members[i+1:],
				func(later hujson.ObjectMember) bool { return text(later.Name) == key }), m)
		}
	}
	o.hollow = len(root.Value.(*hujson.Object).Members) == 0
	members(root.Value.(*hujson.Object), func(key string, counts bool, m hujson.ObjectMember) {
		list, isArray := m.Value.Value.(*hujson.Array)
		session, isObject := m.Value.Value.(*hujson.Object)
		switch {
		case counts && key == "customModels" && isArray:
			o.hollow = o.hollow || len(list.Elements) == 0
			for i, e := range list.Elements {
				entry, _ := value(e).(map[string]any)
				id, _ := entry["id"].(string)
				if name, ours := strings.CutPrefix(id, prefix); ours && (!w.keep || slices.Contains(w.names, name)) {
					o.ours = append(o.ours, entry)
					o.places = append(o.places, float64(i))
					cut(e.StartOffset, e.EndOffset)
				} else {
					keep(e.StartOffset, e.EndOffset)
				}
			}
		case counts && key == "sessionDefaultSettings" && isObject:
			o.hollow = o.hollow || len(session.Members) == 0
			members(session, func(key string, _ bool, m hujson.ObjectMember) {
				model := text(m.Value)
				if key == "model" {
					o.sessions = append(o.sessions, model)
					o.hollow = o.hollow || model == ""
				}
				if key == "model" && (model == "" || strings.HasPrefix(model, prefix)) {
					cut(m.Value.StartOffset, m.Value.EndOffset)
				} else {
					keep(m.Name.StartOffset, m.Value.EndOffset)
				}
			})
		default:
			if key == "model" {
				o.top = text(m.Value)
			}
			keep(m.Name.StartOffset, m.Value.EndOffset)
		}
	})
	o.comments = comment.FindAllString(string(rest), -1)
	return o
}

// session is the model that counts, or empty.
func (o outline) session() string { return append([]string{""}, o.sessions...)[len(o.sessions)] }

// byMeaning are the reasons to refuse a file that reads as JSON.
var byMeaning = []string{
	"customModels is not an array", "provider makes Droid drop every model", "sessionDefaultSettings is not an object",
}

// FuzzMerge compares the merge with another parser. The bits of want and how choose the wanted document.
func FuzzMerge(f *testing.F) {
	for i, seed := range seeds(f) {
		f.Add([]byte(seed), byte(i*37), byte(i))
	}
	f.Fuzz(func(t *testing.T, before []byte, want, how byte) {
		if len(before) > 1<<16 || bytes.IndexByte(before, 0) >= 0 {
			t.Skip("long files have tests of their own, and the script refuses a NUL")
		}
		w := choose(want)
		w.keep = how&1 != 0
		text, refusal := merge(t, string(before), w.content(t))
		root, ok := sound(before)
		if refusal != "" {
			_, reason, _ := strings.Cut(refusal, ": ")
			if reason == "nested too deeply for Droid" {
				return // a limit that the other parser does not have
			}
			require.Equal(t, slices.Contains(byMeaning, reason), ok, "refused: %v", refusal)
			return
		}
		if len(bytes.Trim(before, " \t\r\n")) == 0 {
			if len(w.names) > 0 {
				require.Equal(t, w.document(), text)
			} else {
				require.Equal(t, string(before), text)
			}
			return
		}
		require.True(t, ok, "accepted")
		was := outlineOf(root, before, w)
		is := requireOutline(t, []byte(text), w)
		requireKept(t, before, was, is)
		requireOurs(t, w, was, is)
		requireDefault(t, w, was, is)

		again, refusal := merge(t, text, w.content(t))
		require.Empty(t, refusal)
		require.Equal(t, text, again, "a second run changes nothing")

		without, refusal := merge(t, text, wanted{}.content(t))
		require.Empty(t, refusal)
		was = outlineOf(root, before, wanted{})
		bare := requireOutline(t, []byte(without), wanted{})
		requireKept(t, before, was, bare)
		require.Empty(t, bare.ours)
		if len(was.ours) == 0 && was.session() == bare.session() && !was.hollow {
			require.Equal(t, string(before), without, "without ours it is the user's again")
		}
	})
}

func requireOutline(t *testing.T, file []byte, w wanted) outline {
	t.Helper()
	root, ok := sound(file)
	require.True(t, ok, "what was written is sound:\n%s", file)
	return outlineOf(root, file, w)
}

func requireKept(t *testing.T, before []byte, was, is outline) {
	t.Helper()
	require.Equal(t, was.foreign, is.foreign, "what is not ours stays")
	require.Equal(t, was.top, is.top)
	newline := "\n"
	crlf := bytes.Index(before, []byte("\r\n"))
	if isPretty(before) && crlf >= 0 && crlf < bytes.IndexByte(before, '\n') {
		newline = "\r\n"
	}
	require.Len(t, is.comments, len(was.comments), "comments stay")
	for i, c := range is.comments {
		require.Equal(t, strings.TrimRight(was.comments[i], "\r\n"), strings.TrimRight(c, "\r\n"), "comments stay")
		// What is added behind a comment begins a line as the file does, or in a file on one line as a lone carriage return
		// does.
		ends := []string{lineEnd(was.comments[i]), newline}
		require.Contains(t, ends, lineEnd(c), "the end of %q", c)
	}
}

func lineEnd(text string) string { return text[len(strings.TrimRight(text, "\r\n")):] }

// isPretty tells whether the root object is empty or on several lines.
func isPretty(file []byte) bool {
	root, _ := sound(file)
	return len(root.Value.(*hujson.Object).Members) == 0 ||
		bytes.Contains(file[root.StartOffset:root.EndOffset], []byte("\n"))
}

func requireOurs(t *testing.T, w wanted, was, is outline) {
	t.Helper()
	var document struct{ CustomModels []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(w.document()), &document))
	entries := document.CustomModels // in the template's order; with keep, in that of the file, then those that it lacked
	if w.keep {
		entries = nil
		for _, old := range was.ours {
			entries = append(entries, named(document.CustomModels, old["id"]))
		}
		for _, entry := range document.CustomModels {
			if named(was.ours, entry["id"]) == nil {
				entries = append(entries, entry)
			}
		}
	}
	require.Len(t, is.ours, len(entries), "neither more nor fewer than asked for")
	for i, entry := range entries {
		entry["index"] = is.places[i]
		require.Equal(t, entry, is.ours[i])
	}
}

// named is the entry with an id, or nil.
func named(entries []map[string]any, id any) map[string]any {
	for _, entry := range entries {
		if entry["id"] == id {
			return entry
		}
	}
	return nil
}

func requireDefault(t *testing.T, w wanted, was, is outline) {
	t.Helper()
	gone := func(id string) bool {
		name, ours := strings.CutPrefix(id, prefix)
		return ours && !w.keep && !slices.Contains(w.names, name)
	}
	chosen := func(id string) bool { return id != "" && !gone(id) }
	switch {
	case w.defaultModel != "" && !chosen(was.session()) && !chosen(was.top):
		require.Equal(t, prefix+w.defaultModel, is.session())
	case gone(was.session()):
		was.sessions = slices.DeleteFunc(slices.Clone(was.sessions), gone)
		require.Equal(t, was.session(), is.session(), "what came before ours under the same key, or nothing")
	default:
		require.Equal(t, was.session(), is.session())
	}
}

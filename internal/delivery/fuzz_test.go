package delivery

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tailscale/hujson"

	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// outline is a settings file as another parser sees it: what is ours, and what has to stay.
type outline struct {
	foreign  []string         // the members and entries that are not ours, as bytes
	comments []string         // those between them
	ours     []map[string]any // our entries that the merge may change
	ids      []string         // theirs
	places   []float64        // where they stand in customModels
	session  string           // sessionDefaultSettings.model
	sessions []string         // the same, with what comes before it under the same key
	top      string           // the older model of the root
	hollow   bool             // the root, customModels, sessionDefaultSettings or its model is there with nothing in it
}

const prefix = "custom:" + deliverytest.Namespace + "/"

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
func outlineOf(root hujson.Value, src []byte, w deliverytest.Wanted) outline {
	var o outline
	extra := func(texts ...hujson.Extra) {
		for _, e := range texts {
			o.comments = append(o.comments, comment.FindAllString(string(e), -1)...)
		}
	}
	keep := func(from, to int) { o.foreign = append(o.foreign, string(src[from:to])) }
	// mine tells whether the merge may change an entry.
	mine := func(id string) bool {
		name, ours := strings.CutPrefix(id, prefix)
		return ours && (!w.Keep || slices.Contains(w.Names, name))
	}
	value := func(v hujson.Value) (out any) {
		standard := v.Clone()
		standard.Standardize()
		_ = json.Unmarshal(standard.Pack(), &out)
		return out
	}
	text := func(v hujson.Value) string {
		l, _ := v.Value.(hujson.Literal)
		var s string
		_ = json.Unmarshal(l, &s)
		return s
	}
	// members walks an object; the last of duplicate keys counts.
	members := func(o *hujson.Object, visit func(key string, counts bool, m hujson.ObjectMember)) {
		for i, m := range o.Members {
			key := text(m.Name)
			counts := !slices.ContainsFunc(o.Members[i+1:],
				func(later hujson.ObjectMember) bool { return text(later.Name) == key })
			extra(m.Name.BeforeExtra)
			visit(key, counts, m)
			extra(m.Name.AfterExtra, m.Value.BeforeExtra)
			extra(m.Value.AfterExtra)
		}
		extra(o.AfterExtra)
	}
	models := func(a *hujson.Array) {
		o.hollow = o.hollow || len(a.Elements) == 0
		for i, e := range a.Elements {
			extra(e.BeforeExtra)
			id := ""
			if entry, ok := e.Value.(*hujson.Object); ok {
				for _, m := range entry.Members {
					if text(m.Name) == "id" {
						id = text(m.Value)
					}
				}
			}
			if mine(id) {
				entry, _ := value(e).(map[string]any)
				o.ours = append(o.ours, entry)
				o.ids = append(o.ids, id)
				o.places = append(o.places, float64(i))
			} else {
				keep(e.StartOffset, e.EndOffset)
			}
			extra(e.AfterExtra)
		}
		extra(a.AfterExtra)
	}
	extra(root.BeforeExtra)
	o.hollow = len(root.Value.(*hujson.Object).Members) == 0
	members(root.Value.(*hujson.Object), func(key string, counts bool, m hujson.ObjectMember) {
		list, isArray := m.Value.Value.(*hujson.Array)
		session, isObject := m.Value.Value.(*hujson.Object)
		switch {
		case counts && key == "customModels" && isArray:
			models(list)
		case counts && key == "sessionDefaultSettings" && isObject:
			o.hollow = o.hollow || len(session.Members) == 0
			members(session, func(key string, counts bool, m hujson.ObjectMember) {
				if key == "model" {
					model := text(m.Value)
					o.sessions = append(o.sessions, model)
					if counts {
						o.session = model
					}
					o.hollow = o.hollow || model == ""
					if model == "" || strings.HasPrefix(model, prefix) {
						return
					}
				}
				keep(m.Name.StartOffset, m.Value.EndOffset)
			})
		default:
			if counts && key == "model" {
				o.top = text(m.Value)
			}
			keep(m.Name.StartOffset, m.Value.EndOffset)
		}
	})
	extra(root.AfterExtra)
	return o
}

// byMeaning are the reasons to refuse a file that reads as JSON.
var byMeaning = []string{
	"customModels is not an array", "provider makes Droid drop every model", "sessionDefaultSettings is not an object",
}

func isBlank(text []byte) bool { return len(bytes.Trim(text, " \t\r\n")) == 0 }

// FuzzMerge compares the merge with another parser. The bits of want and how choose the wanted document.
func FuzzMerge(f *testing.F) {
	for i, seed := range deliverytest.Seeds() {
		f.Add([]byte(seed), byte(i*37), byte(i))
	}
	f.Fuzz(func(t *testing.T, before []byte, want, how byte) {
		if len(before) > 1<<16 || bytes.IndexByte(before, 0) >= 0 {
			t.Skip("long files have tests of their own, and the script refuses a NUL")
		}
		w := deliverytest.Choose(want)
		w.Keep = how&1 != 0
		state := Complete
		if w.Keep {
			state = Incomplete
		}
		content := contentOf(t, w.Document, state)
		text, refusal := merge(t, delivers(Merge), string(before), content)
		root, ok := sound(before)
		if refusal != "" {
			_, reason, _ := strings.Cut(refusal, ": ")
			if reason == "nested too deeply for Droid" {
				return // a limit that the other parser does not have
			}
			require.Equal(t, slices.Contains(byMeaning, reason), ok, "refused: %v", refusal)
			return
		}
		after := []byte(text)
		if isBlank(before) {
			if len(w.Names) > 0 {
				require.Equal(t, w.Document, text)
			} else {
				require.Equal(t, before, after)
			}
			return
		}
		require.True(t, ok, "accepted")
		was := outlineOf(root, before, w)
		is := requireOutline(t, after, w)
		requireKept(t, before, was, is)
		requireOurs(t, w, was, is)
		requireDefault(t, w, was, is)

		again, refusal := merge(t, delivers(Merge), text, content)
		require.Empty(t, refusal)
		require.Equal(t, text, again, "a second run changes nothing")

		without, refusal := merge(t, delivers(Merge), text, contentOf(t, deliverytest.Document(""), Complete))
		require.Empty(t, refusal)
		all := w
		all.Keep = false
		was = outlineOf(root, before, all)
		bare := requireOutline(t, []byte(without), all)
		requireKept(t, before, was, bare)
		require.Empty(t, bare.ours)
		if len(was.ours) == 0 && was.session == bare.session && !was.hollow {
			require.Equal(t, string(before), without, "without ours it is the user's again")
		}
	})
}

func requireOutline(t *testing.T, file []byte, w deliverytest.Wanted) outline {
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

func requireOurs(t *testing.T, w deliverytest.Wanted, was, is outline) {
	t.Helper()
	var document struct{ CustomModels []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(w.Document), &document))
	entries := make(map[string]map[string]any)
	var order []string // the template's; with keep, that of the file, and then those that it lacked
	if w.Keep {
		order = slices.Clone(was.ids)
	}
	for _, entry := range document.CustomModels {
		id := entry["id"].(string)
		entries[id] = entry
		if !w.Keep || !slices.Contains(was.ids, id) {
			order = append(order, id)
		}
	}
	require.Equal(t, order, is.ids, "neither more nor fewer than asked for")
	for i, id := range order {
		entries[id]["index"] = is.places[i]
		require.Equal(t, entries[id], is.ours[i])
	}
}

func requireDefault(t *testing.T, w deliverytest.Wanted, was, is outline) {
	t.Helper()
	gone := func(id string) bool {
		name, ours := strings.CutPrefix(id, prefix)
		return ours && !w.Keep && !slices.Contains(w.Names, name)
	}
	chosen := func(id string) bool { return id != "" && !gone(id) }
	switch {
	case w.Default != "" && !chosen(was.session) && !chosen(was.top):
		assert.Equal(t, prefix+w.Default, is.session)
	case gone(was.session):
		left := slices.DeleteFunc(slices.Clone(was.sessions), gone)
		assert.Equal(t, append([]string{""}, left...)[len(left)], is.session,
			"what came before ours under the same key, or nothing")
	default:
		assert.Equal(t, was.session, is.session)
	}
}

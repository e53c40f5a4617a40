// Package settings edits Droid's settings files. Such a file belongs to a person: only the entries of one
// namespace and the default model are ever written, every other byte stays.
//
// The same rules run in a workspace as a shell script, see package install.
package settings

import (
	"bytes"
	"cmp"
	"slices"
)

// Merge puts the wanted document into a settings file and returns the new file. The wanted document is one that
// package droid renders; of the file it owns the entries of customModels whose id begins with
// "custom:<namespace>/". They are replaced where they stand, removed when no longer wanted, and new ones are
// appended. A blank file becomes the document itself. The result equals file where nothing is to change; file is
// never modified.
//
// The error is a [*SyntaxError] when the file is one that Droid would refuse. With strict, which stands for a system-managed
// file, these are also files in which somebody else's entry is incomplete: elsewhere Droid drops such an entry alone.
func Merge(file, document []byte, namespace string, strict bool) ([]byte, error) {
	w := readDocument(document)
	if isBlank(file) {
		if len(w.entries) == 0 {
			return file, nil
		}
		return document, nil
	}
	root, err := parse(file)
	if err != nil {
		return nil, err
	}
	m := newMerger(file, root, w, namespace)
	if err := m.check(strict); err != nil {
		return nil, err
	}
	m.merge()
	return apply(file, m.edits), nil
}

// Entries returns the texts of the entries that the namespace owns in a settings file.
func Entries(file []byte, namespace string) ([]string, error) {
	if isBlank(file) {
		return nil, nil
	}
	root, err := parse(file)
	if err != nil {
		return nil, err
	}
	m := newMerger(file, root, wanted{}, namespace)
	var ours []string
	for _, c := range m.models().children {
		if _, ok := m.ownID(c.value); ok {
			ours = append(ours, string(file[c.value.start:c.value.end]))
		}
	}
	return ours, nil
}

// HasModels tells whether a settings file has a list customModels of its own. A file that can't be read has none.
func HasModels(file []byte) bool {
	root, err := parse(file)
	return err == nil && root.member("customModels") >= 0
}

func isBlank(text []byte) bool {
	return len(bytes.Trim(text, " \t\r\n")) == 0
}

// edit replaces a stretch of the file.
type edit struct {
	start, end int
	text       string
}

// apply makes the edits. One that lies inside another is void.
func apply(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	size := len(src)
	for _, e := range edits {
		size += len(e.text)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		if e.start < at {
			continue
		}
		out = append(out, src[at:e.start]...)
		out = append(out, e.text...)
		at = e.end
	}
	return append(out, src[at:]...)
}

// merger works out the edits that bring one file to one wanted document.
type merger struct {
	src    []byte
	root   node
	want   wanted
	prefix []byte // of our ids
	style  style
	edits  []edit
}

func newMerger(src []byte, root node, w wanted, namespace string) *merger {
	return &merger{src: src, root: root, want: w, prefix: []byte("custom:" + namespace + "/"), style: styleOf(src, root)}
}

// rootValue is the value of a root member, or an empty node.
func (m *merger) rootValue(key string) node {
	if i := m.root.member(key); i >= 0 {
		return m.root.children[i].value
	}
	return node{}
}

func (m *merger) models() node { return m.rootValue("customModels") }

// text is the value of a string member of n; ok is false when there is none.
func (m *merger) text(n node, key string) (s []byte, ok bool) {
	i := n.member(key)
	if i < 0 || n.children[i].value.kind != '"' {
		return nil, false
	}
	v := n.children[i].value
	return decode(m.src[v.start:v.end]), true
}

func (m *merger) ownID(entry node) (id []byte, ours bool) {
	id, ok := m.text(entry, "id")
	return id, ok && m.owns(id)
}

func (m *merger) owns(id []byte) bool { return bytes.HasPrefix(id, m.prefix) }

// Why a file is refused that reads as JSON.
const (
	reasonModels   = "customModels is not an array"
	reasonProvider = "provider makes Droid drop every model"
	reasonEntry    = "entry without model, baseUrl or provider makes Droid drop every model"
	reasonSession  = "sessionDefaultSettings is not an object"
)

// check refuses what reads as JSON but what Droid would not use.
func (m *merger) check(strict bool) error {
	p := &parser{src: m.src}
	models := m.models()
	if m.root.member("customModels") >= 0 && models.kind != '[' {
		return p.refuse(models.start, reasonModels)
	}
	for _, c := range models.children {
		if _, ours := m.ownID(c.value); ours {
			continue
		}
		provider, ok := m.text(c.value, "provider")
		if ok && !isProvider(provider) {
			at := c.value.children[c.value.member("provider")].value.start
			return p.refuse(at, reasonProvider)
		}
		if strict && !m.complete(c.value) {
			return p.refuse(c.value.start, reasonEntry)
		}
	}
	session := m.rootValue("sessionDefaultSettings")
	if m.root.member("sessionDefaultSettings") >= 0 && session.kind != '{' && m.want.model != nil {
		return p.refuse(session.start, reasonSession)
	}
	return nil
}

// isProvider tells whether Droid knows the provider.
func isProvider(name []byte) bool {
	switch string(name) {
	case "anthropic", "openai", "generic-chat-completion-api":
		return true
	}
	return false
}

// complete tells whether an entry has all that Droid asks of one.
func (m *merger) complete(entry node) bool {
	for _, key := range []string{"model", "baseUrl", "provider"} {
		if _, ok := m.text(entry, key); !ok {
			return false
		}
	}
	return true
}

// merge collects the edits.
func (m *merger) merge() {
	var emptied []int // root members that only we filled
	var added []piece // root members to come
	if m.root.member("customModels") < 0 {
		if len(m.want.entries) > 0 {
			added = append(added, m.want.customModels())
		}
	} else if m.mergeModels() {
		emptied = append(emptied, m.root.member("customModels"))
	}
	switch put, drop := m.defaultModel(); {
	case put && m.root.member("sessionDefaultSettings") < 0:
		added = append(added, m.want.session)
	case put:
		m.putModel(m.rootValue("sessionDefaultSettings"))
	case drop:
		session := m.rootValue("sessionDefaultSettings")
		if m.change(session, []int{session.member("model")}, nil) {
			emptied = append(emptied, m.root.member("sessionDefaultSettings"))
		}
	}
	m.change(m.root, m.trailing(emptied), added)
}

// mergeModels edits the array customModels and tells whether only ours were in it and all are gone.
func (m *merger) mergeModels() (emptied bool) {
	models := m.models()
	ours := make(map[string]bool)
	mine := make([]int, len(models.children)) // which wanted entry stands here: foreign, free, or its index
	const foreign, free = -1, -2
	for i, c := range models.children {
		id, own := m.ownID(c.value)
		mine[i] = foreign
		if own {
			if mine[i] = m.want.find(id); mine[i] < 0 || ours[string(id)] {
				mine[i] = free
			}
			ours[string(id)] = true
		}
	}
	var fresh []int
	for i, e := range m.want.entries {
		if !ours[e.id] {
			fresh = append(fresh, i)
		}
	}
	index := 0
	var removed []int
	for i, c := range models.children {
		if mine[i] == free && len(fresh) > 0 {
			mine[i], fresh = fresh[0], fresh[1:]
		}
		switch {
		case mine[i] == free:
			removed = append(removed, i)
			continue
		case mine[i] != foreign:
			m.replace(c, m.want.entries[mine[i]].at(index))
		}
		index++
	}
	var added []piece
	for _, i := range fresh {
		added = append(added, m.want.entries[i].at(index))
		index++
	}
	return m.change(models, removed, added)
}

// defaultModel decides about sessionDefaultSettings.model: to put the wanted one there, or to drop ours that is
// gone. A person's own choice rules, also one under the older top-level key.
func (m *merger) defaultModel() (put, drop bool) {
	session, sessionSet := m.text(m.rootValue("sessionDefaultSettings"), "model")
	top, topSet := m.text(m.root, "model")
	gone := func(id []byte) bool { return m.owns(id) && m.want.find(id) < 0 }
	chosen := func(id []byte, set bool) bool { return set && len(id) > 0 && !gone(id) }
	if m.want.model != nil && !chosen(session, sessionSet) && !chosen(top, topSet) {
		return true, false
	}
	return false, sessionSet && gone(session)
}

// putModel writes the default model into the sessionDefaultSettings that the file has.
func (m *merger) putModel(session node) {
	i := session.member("model")
	if i < 0 {
		m.change(session, nil, []piece{m.want.model})
		return
	}
	v := session.children[i].value
	m.edits = append(m.edits, edit{v.start, v.end, m.want.modelJSON()})
}

// trailing picks, of the emptied root members, those with nothing of the person's after them or in them: they go.
// The others stay, empty.
func (m *merger) trailing(emptied []int) []int {
	var gone []int
	for i := len(m.root.children) - 1; i >= 0 && slices.Contains(emptied, i) && m.removable(i); i-- {
		gone = append([]int{i}, gone...)
	}
	return gone
}

// removable tells whether a root member has no comment before its value, and no duplicate that would count in its place.
func (m *merger) removable(i int) bool {
	c := m.root.children[i]
	first := slices.IndexFunc(m.root.children, func(other child) bool { return bytes.Equal(other.key, c.key) })
	return first == i && bytes.IndexByte(m.src[c.start:c.value.start], '/') < 0
}

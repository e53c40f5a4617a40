package settings

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says why a settings file is refused and where. Droid itself refuses such a file, or loses every
// custom model in it.
type SyntaxError struct {
	// Line and Column count from 1, a column is a byte. Both are 0 where the place is not known.
	Line, Column int
	// Reason says what is wrong. It never quotes the file, which may hold secrets.
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Reason)
}

// node is a value and its extent in the file. Children are kept only where the merge looks: in the root, in
// customModels, in its entries, and in sessionDefaultSettings.
type node struct {
	kind       byte // '{', '[', '"', or 0 for a number, true, false or null
	start, end int
	children   []child
	tail       gap // before the closing bracket
}

// child is an element of an array, or a member of an object, which starts at its key.
type child struct {
	key   []byte
	start int
	value node
	comma int // offset of the comma after it; of the last child 0
	gap   gap // before it
}

// gap is the white space directly before something, behind any comments.
type gap struct {
	start     int
	afterLine bool // it begins with the end of a line comment
}

// member finds the member that counts: of duplicate keys the last one, as in Droid. It returns -1 for none.
func (n node) member(key string) int {
	if n.kind != '{' {
		return -1
	}
	for i := len(n.children) - 1; i >= 0; i-- {
		if string(n.children[i].key) == key {
			return i
		}
	}
	return -1
}

// place is where a value stands, as far as the merge cares.
type place int

const (
	elsewhere place = iota
	atRoot
	atModels
	atMembers
)

// under is the place of the child called key.
func (at place) under(key []byte) place {
	switch {
	case at == atModels, at == atRoot && string(key) == "sessionDefaultSettings":
		return atMembers
	case at == atRoot && string(key) == "customModels":
		return atModels
	}
	return elsewhere
}

// parser reads JSON with comments, and is otherwise as strict as Droid. It holds no NUL, so that 0 can stand
// for the end of the file.
type parser struct {
	src  []byte
	pos  int
	gap  gap     // the one read last
	kept []child // those of the containers that are open
}

func parse(src []byte) (node, error) {
	if bytes.IndexByte(src, 0) >= 0 {
		return node{}, &SyntaxError{Reason: "NUL byte"}
	}
	p := &parser{src: src, kept: make([]child, 0, 32)}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		return node{}, p.refuse(0, "byte order mark")
	}
	if err := p.blank(); err != nil {
		return node{}, err
	}
	if c := p.peek(); c != '{' && startsValue(c) {
		return node{}, p.refuse(p.pos, "the settings are not an object")
	}
	root, err := p.value(atRoot)
	if err != nil {
		return node{}, err
	}
	if err := p.blank(); err != nil {
		return node{}, err
	}
	if p.pos < len(src) {
		return node{}, p.refuse(p.pos, "text after the end")
	}
	return root, nil
}

func (p *parser) refuse(offset int, reason string) error {
	before := p.src[:offset]
	return &SyntaxError{
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: offset - bytes.LastIndexByte(before, '\n'),
		Reason: reason,
	}
}

// unexpected refuses what stands at the current position.
func (p *parser) unexpected() error {
	if p.pos >= len(p.src) {
		return p.refuse(len(p.src), "unexpected end of file")
	}
	return p.refuse(p.pos, "unexpected character")
}

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '+' || c == '-' || c == '.'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func startsValue(c byte) bool { return c == '{' || c == '[' || c == '"' || isWord(c) }

// blank skips white space and comments.
func (p *parser) blank() error {
	p.gap = gap{start: p.pos}
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case isSpace(c):
			p.pos++
		case c == '/':
			if err := p.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (p *parser) comment() error {
	rest := p.src[p.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		// Droid ends a line comment at a lone carriage return too.
		n := bytes.IndexAny(rest, "\r\n")
		if n < 0 {
			n = len(rest)
		}
		p.pos += n
		p.gap = gap{start: p.pos, afterLine: true}
	case bytes.HasPrefix(rest, []byte("/*")):
		n := bytes.Index(rest[2:], []byte("*/"))
		if n < 0 {
			return p.refuse(p.pos, "comment is not closed")
		}
		p.pos += n + 4
		p.gap = gap{start: p.pos}
	default:
		return p.unexpected()
	}
	return nil
}

func (p *parser) value(at place) (node, error) {
	n := node{start: p.pos}
	var err error
	switch c := p.peek(); {
	case c != '{' && c != '[':
		n.kind, err = p.scalar()
	case at == elsewhere:
		n.kind = c
		err = p.skip()
	default:
		n.kind = c
		err = p.container(&n, at)
	}
	n.end = p.pos
	return n, err
}

// container reads an object or array and keeps its children.
func (p *parser) container(n *node, at place) error {
	p.pos++
	first := len(p.kept)
	for {
		comma, more, err := p.next(n.kind, len(p.kept) == first)
		if err != nil {
			return err
		}
		if !more {
			n.tail = p.gap
			n.children = slices.Clone(p.kept[first:])
			p.kept = p.kept[:first]
			return nil
		}
		if len(p.kept) > first {
			p.kept[len(p.kept)-1].comma = comma
		}
		c := child{start: p.pos, gap: p.gap}
		if n.kind == '{' {
			key, err := p.key()
			if err != nil {
				return err
			}
			c.key = decode(key)
		}
		if c.value, err = p.value(at.under(c.key)); err != nil {
			return err
		}
		p.kept = append(p.kept, c)
	}
}

// skip reads an object or array without keeping anything. It does not recurse: a file may nest as deep as it
// likes.
func (p *parser) skip() error {
	open := []byte{p.peek()}
	p.pos++
	first := true
	for len(open) > 0 {
		kind := open[len(open)-1]
		_, more, err := p.next(kind, first)
		if err != nil {
			return err
		}
		if first = false; !more {
			open = open[:len(open)-1]
			continue
		}
		if kind == '{' {
			if _, err := p.key(); err != nil {
				return err
			}
		}
		if c := p.peek(); c == '{' || c == '[' {
			open = append(open, c)
			p.pos++
			first = true
		} else if _, err := p.scalar(); err != nil {
			return err
		}
	}
	return nil
}

// next goes to the next child of a container, or past its closing bracket when there is none.
func (p *parser) next(kind byte, first bool) (comma int, more bool, err error) {
	if err := p.blank(); err != nil {
		return 0, false, err
	}
	closing := kind + 2 // in ASCII, of '[' and of '{' alike
	if p.peek() == closing {
		p.pos++
		return 0, false, nil
	}
	if !first {
		if p.peek() != ',' {
			return 0, false, p.unexpected()
		}
		comma = p.pos
		p.pos++
		if err := p.blank(); err != nil {
			return 0, false, err
		}
		if p.peek() == closing {
			return 0, false, p.refuse(p.pos, "trailing comma")
		}
	}
	if c := p.peek(); kind == '{' && c != '"' || !startsValue(c) {
		return 0, false, p.unexpected()
	}
	return comma, true, nil
}

// key reads a member's key and the colon, up to its value, and returns the key as it is written.
func (p *parser) key() ([]byte, error) {
	start := p.pos
	if err := p.str(); err != nil {
		return nil, err
	}
	key := p.src[start:p.pos]
	if err := p.blank(); err != nil {
		return nil, err
	}
	if p.peek() != ':' {
		return nil, p.unexpected()
	}
	p.pos++
	if err := p.blank(); err != nil {
		return nil, err
	}
	if !startsValue(p.peek()) {
		return nil, p.unexpected()
	}
	return key, nil
}

// scalar reads a string, number, true, false or null.
func (p *parser) scalar() (kind byte, err error) {
	if p.peek() == '"' {
		return '"', p.str()
	}
	start := p.pos
	for isWord(p.peek()) {
		p.pos++
	}
	switch word := p.src[start:p.pos]; {
	case len(word) == 0:
		return 0, p.unexpected()
	case !isLiteral(word):
		return 0, p.refuse(start, "invalid value")
	}
	return 0, nil
}

func isLiteral(word []byte) bool {
	switch string(word) {
	case "true", "false", "null":
		return true
	}
	return isNumber(word)
}

// isNumber tells whether word is a number as JSON writes it, of any size.
func isNumber(word []byte) bool {
	i := 0
	digits := func() bool {
		start := i
		for i < len(word) && '0' <= word[i] && word[i] <= '9' {
			i++
		}
		return i > start
	}
	has := func(c byte) bool {
		if i < len(word) && word[i]|0x20 == c|0x20 {
			i++
			return true
		}
		return false
	}
	has('-')
	if start := i; !digits() || word[start] == '0' && i > start+1 {
		return false
	}
	if has('.') && !digits() {
		return false
	}
	if has('e') {
		_ = has('-') || has('+')
		if !digits() {
			return false
		}
	}
	return i == len(word)
}

// str reads a string, from quote to quote.
func (p *parser) str() error {
	for p.pos++; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; {
		case c == '"':
			p.pos++
			return nil
		case c < 0x20:
			return p.refuse(p.pos, "control character in a string")
		case c == '\\':
			if err := p.escape(); err != nil {
				return err
			}
		}
	}
	return p.refuse(len(p.src), "unexpected end of file")
}

// escape reads a backslash and what belongs to it, up to its last byte.
func (p *parser) escape() error {
	start := p.pos
	p.pos++
	switch p.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for range 4 {
			p.pos++
			if !isHex(p.peek()) {
				break
			}
			if p.pos == start+len(`u0000`) {
				return nil
			}
		}
	}
	if p.pos >= len(p.src) {
		return p.refuse(len(p.src), "unexpected end of file")
	}
	return p.refuse(start, "invalid escape in a string")
}

// decode gives a string's value, which is not to be written to. A lone surrogate becomes a byte that no text holds, so
// that it equals nothing.
func decode(quoted []byte) []byte {
	body := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(body, '\\') < 0 {
		return body
	}
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		switch {
		case body[0] != '\\':
			out = append(out, body[0])
			body = body[1:]
		case body[1] != 'u':
			out = append(out, unescape(body[1]))
			body = body[2:]
		default:
			r, rest := hexRune(body)
			if utf16.IsSurrogate(r) && bytes.HasPrefix(rest, []byte(`\u`)) {
				low, after := hexRune(rest)
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r, rest = pair, after
				}
			}
			if body = rest; utf16.IsSurrogate(r) {
				out = append(out, 0xff)
			} else {
				out = utf8.AppendRune(out, r)
			}
		}
	}
	return out
}

// hexRune takes a \uXXXX off the front of s, which the parser has checked.
func hexRune(s []byte) (rune, []byte) {
	n, _ := strconv.ParseInt(string(s[2:6]), 16, 32)
	return rune(n), s[6:]
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

# Reads the file as JSON with comments, as strictly as Droid does.
# In: the records. Out: starts, and the tree of tree.awk; or a refusal.
#
# here is the offset of the record that is read. expected says what may come next:
#   "value"        after a colon, and at the start of the file
#   "first value"  in an array; or its end
#   "next value"   in an array, after a comma
#   "first key"    in an object; or its end
#   "next key"     in an object, after a comma
#   "colon"
#   "comma"        or the end of what is open
#   "nothing"      after the end
# reading says what is not complete yet: a "slash", a "line" comment, a "block" comment, a "star" in a block comment, or a "word",
# which is a number, true, false or null. It is empty otherwise. gap is the offset of the white space before the next token, after
# any comment. gap_ends_line tells whether that white space begins with the end of a line comment.

function parse(   i, text) {
	if (substr(record[1], 1, 3) == byte[239] byte[187] byte[191])
		refuse(0, "byte order mark")
	expected = "value"
	here = 0
	for (i = 1; i <= records; i++) {
		text = record[i]
		starts[i] = here
		if (in_string) {
			if (keep_text)
				string = string text
			if (cut != "" || text ~ /[\001-\037\\]/)
				in_pieces(text, here, 1)
		} else if (reading == "" && (text in lone)) {
			if (lone[text])
				structure(substr(text, lone[text], 1), here + lone[text] - 1)
		} else if (!(reading == "line" && text !~ /[\r\n]/ || reading == "block" && !index(text, "*"))) {
			in_pieces(text, here, 0)
		}
		here += length(text)
		if (i == records)
			break
		if (in_string) {
			string_quote()
		} else if (reading == "") {
			string_start()
		} else {
			quote_in_comment()
		}
		here++
	}
	if (reading == "slash")
		comment_start("")
	if (reading == "block" || reading == "star")
		refuse(slash, "comment is not closed")
	if (reading == "word")
		word_end(here)
	if (in_string || expected != "nothing")
		refuse(here, "unexpected end of file")
}

# in_pieces splits a text into short pieces and reads them. In some awks it is slow to take a long string apart.
function in_pieces(text, at, of_string,   half) {
	if (length(text) > 512) {
		half = int(length(text) / 2)
		in_pieces(substr(text, 1, half), at, of_string)
		in_pieces(substr(text, half + 1), at + half, of_string)
	} else if (of_string) {
		check_escapes(text, at)
	} else {
		outside(text, at)
	}
}

# quote_in_comment reads a quote that may be in a comment, or may follow a word.
function quote_in_comment() {
	if (reading == "slash") {
		comment_start("")
	} else if (reading == "star") {
		reading = "block"
	} else if (reading == "word") {
		word_end(here)
		string_start()
	}
}

# outside reads a short piece outside of strings. Most pieces have one character besides white space, and the same pieces come again
# and again. So lone remembers where that character is in a piece; 0 means that there is none.
function outside(piece, at,   rest, n, c) {
	if (reading == "") {
		if (!(piece in lone) && length(piece) < 64)
			find_lone(piece)
		if (piece in lone) {
			if (lone[piece])
				structure(substr(piece, lone[piece], 1), at + lone[piece] - 1)
			return
		}
	}
	# Each round reads n characters of rest. at is the offset of the first one.
	for (rest = piece; rest != ""; rest = substr(rest, n + 1)) {
		c = substr(rest, 1, 1)
		n = 1
		if (reading == "") {
			if (index(" \t\r\n", c)) {
				n = match(rest, /[^ \t\r\n]/) - 1
				if (n < 0)
					return
			} else if (c == "/") {
				reading = "slash"
				slash = at
			} else if (c ~ /[A-Za-z0-9+.-]/) {
				value_start("word", at)
				reading = "word"
				word = ""
				n = 0
			} else {
				structure(c, at)
			}
		} else if (reading == "word") {
			n = match(rest, /[^A-Za-z0-9+.-]/) ? RSTART - 1 : length(rest)
			word = word substr(rest, 1, n)
			if (n < length(rest))
				word_end(at + n)
		} else if (reading == "slash") {
			comment_start(c)
		} else if (reading == "line") {
			# Droid ends a line comment at a lone carriage return too.
			n = match(rest, /[\r\n]/) - 1
			if (n < 0)
				return
			comment_end(at + n, 1)
		} else if (reading == "block") {
			n = index(rest, "*")
			if (!n)
				return
			reading = "star"
		} else if (c == "/") {
			comment_end(at + 1, 0)
		} else if (c != "*") {
			reading = "block"
		}
		at += n
	}
}

# find_lone remembers a piece that has at most one character besides white space.
function find_lone(piece,   c) {
	c = piece
	gsub(/[ \t\r\n]+/, "", c)
	if (c == "" || length(c) == 1 && index("{}[]:,", c))
		lone[piece] = c == "" ? 0 : index(piece, c)
}

function comment_start(c) {
	if (c != "/" && c != "*")
		refuse(slash, "unexpected character")
	reading = c == "/" ? "line" : "block"
	commented[node] = 1
}

function comment_end(at, ends_line) {
	reading = ""
	gap = at
	gap_ends_line = ends_line
}

function word_end(end) {
	reading = ""
	if (word !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/)
		refuse(end - length(word), "invalid value")
	value_end("word", end, word)
}

# structure reads a character that is not a part of a string, word or comment.
function structure(c, at) {
	if (c == ":" && expected == "colon") {
		expected = "value"
	} else if (c == "," && expected == "comma") {
		comma(at)
		expected = bracket == "{" ? "next key" : "next value"
	} else if (c == "{" || c == "[") {
		value_start(c, at)
		open(c, at)
		expected = c == "{" ? "first key" : "first value"
	} else if (c == "}" && bracket == "{" || c == "]" && bracket == "[") {
		if (index(expected, "next"))
			refuse(at, "trailing comma")
		if (expected !~ /^(comma|first)/)
			unexpected(at)
		shut(at)
	} else {
		unexpected(at)
	}
}

function unexpected(at) {
	refuse(at, expected == "nothing" ? "text after the end" : "unexpected character")
}

# Reads the file as JSON with comments, as strictly as Droid does.
# In: the records. Out: the tree of tree.awk, or a refusal.
#
# here is the offset of the record or quote that is read. expected says what may come next:
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
# any comment. ends_line has the gaps that begin with the end of a line comment.

BEGIN {
	here = 0
	expected = "value"
}

# read_record reads the current record.
function read_record(   n) {
	if (!here && substr($0, 1, 3) == byte[239] byte[187] byte[191])
		refuse(0, "byte order mark")
	if (in_string) {
		if (keep_text)
			string = string $0
		if (cut != "" || $0 ~ /[\001-\037\\]/)
			in_pieces($0, here)
	} else if (reading == "" && ($0 in lone)) {
		n = lone[$0]
		if (n)
			structure(substr($0, n, 1), here + n - 1)
	} else if (!(reading == "line" && $0 !~ /[\r\n]/ || reading == "block" && !index($0, "*"))) {
		in_pieces($0, here)
	}
	here += length($0)
}

# read_quote reads the quote after a record.
function read_quote() {
	if (in_string) {
		string_quote()
	} else if (reading == "") {
		string_start()
	} else if (reading == "star") {
		reading = "block"
	} else if (reading != "line" && reading != "block") {
		unread()
		string_start()
	}
	here++
}

function end_parse() {
	if (hidden_quote)
		read_quote()
	unread()
	if (reading == "block" || reading == "star")
		refuse(slash, "comment is not closed")
	if (in_string || expected != "nothing")
		refuse(here, "unexpected end of file")
}

# in_pieces splits a text into short pieces and reads them. In some awks it is slow to take a long string apart.
function in_pieces(text, at,   half) {
	if (length(text) > 512) {
		half = int(length(text) / 2)
		in_pieces(substr(text, 1, half), at)
		in_pieces(substr(text, half + 1), at + half)
	} else if (in_string) {
		check_escapes(text, at)
	} else {
		outside(text, at)
	}
}

# unread ends a slash or a word before a quote, or at the end of the file.
function unread() {
	if (reading == "slash")
		comment_start("")
	if (reading == "word")
		word_end(here)
}

# outside reads a short piece outside of strings. Most pieces have one character besides white space, and the same pieces come again
# and again. So lone remembers where that character is in a piece; 0 means that there is none.
function outside(piece, at,   n, c) {
	if (length(piece) < 64 && piece ~ /^[ \t\r\n]*[][{}:,]?[ \t\r\n]*$/)
		lone[piece] = match(piece, /[^ \t\r\n]/)
	# Each round reads n characters of piece. at is the offset of the first one.
	for (; piece != ""; piece = substr(piece, n + 1)) {
		c = substr(piece, 1, 1)
		n = 1
		if (reading == "") {
			if (index(" \t\r\n", c)) {
				n = match(piece, /[^ \t\r\n]/) - 1
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
			n = match(piece, /[^A-Za-z0-9+.-]/) ? RSTART - 1 : length(piece)
			word = word substr(piece, 1, n)
			if (n < length(piece))
				word_end(at + n)
		} else if (reading == "slash") {
			comment_start(c)
		} else if (reading == "line") {
			# Droid ends a line comment at a lone carriage return too.
			n = match(piece, /[\r\n]/) - 1
			if (n < 0)
				return
			reading = ""
			gap = at + n
			ends_line[gap] = 1
		} else if (reading == "block") {
			n = index(piece, "*")
			if (!n)
				return
			reading = "star"
		} else if (c == "/") {
			reading = ""
			gap = at + 1
		} else if (c != "*") {
			reading = "block"
		}
		at += n
	}
}

function comment_start(c) {
	if (c != "/" && c != "*")
		refuse(slash, "unexpected character")
	reading = c == "/" ? "line" : "block"
	commented[node] = 1
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
		if (node)
			child_comma[node, children[node]] = at
		gap = at + 1
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

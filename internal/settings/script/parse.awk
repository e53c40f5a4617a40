# Reads the file as JSON with comments, as strictly as Droid does.
# In: the records. Out: the tree of tree.awk and record_start, or a refusal with its place.
#
# expected is what may come next, reading what the current place is in. gap is where the white space before the next token
# begins, behind any comments, and gap_ends_line tells whether it begins with the end of a line comment.

BEGIN {
	# after a colon, and at the start of the file
	VALUE = 1
	# or the end of the array
	FIRST_VALUE = 2
	# after a comma in an array
	NEXT_VALUE = 3
	# or the end of the object
	FIRST_KEY = 4
	# after a comma in an object
	NEXT_KEY = 5
	COLON = 6
	# or the end of what is open
	COMMA = 7
	NOTHING = 8

	PLAIN = 0
	SLASH = 1
	LINE_COMMENT = 2
	BLOCK_COMMENT = 3
	# a star in a block comment
	STAR = 4
	# a number, true, false or null
	WORD = 5
}

function parse(   i, text) {
	if (substr(record[1], 1, 3) == byte[239] byte[187] byte[191]) {
		refuse(0, "byte order mark")
	}
	expected = VALUE
	position = 0
	reading = PLAIN
	for (i = 1; i <= records; i++) {
		text = record[i]
		record_start[i] = position
		if (in_string) {
			string_part(text)
		} else if (reading == PLAIN && (text in lone)) {
			lone_character(text, position)
		} else if (!(reading == LINE_COMMENT && text !~ /[\r\n]/ || reading == BLOCK_COMMENT && !index(text, "*"))) {
			in_pieces(text, position, 0)
		}
		position += length(text)
		if (i == records) {
			break
		}
		if (in_string) {
			string_quote()
		} else if (reading == PLAIN) {
			string_start()
		} else {
			quote_in_comment()
		}
		position++
	}
	if (reading == SLASH) {
		refuse(slash, "unexpected character")
	}
	if (reading == BLOCK_COMMENT || reading == STAR) {
		refuse(slash, "comment is not closed")
	}
	if (reading == WORD) {
		word_end(position)
	}
	if (in_string || expected != NOTHING) {
		refuse(position, "unexpected end of file")
	}
}

# in_pieces reads a stretch of text in pieces that are short enough to be taken apart.
function in_pieces(text, offset, of_string,   half) {
	if (length(text) > 512) {
		half = int(length(text) / 2)
		in_pieces(substr(text, 1, half), offset, of_string)
		in_pieces(substr(text, half + 1), offset + half, of_string)
	} else if (of_string) {
		check_escapes(text, offset)
	} else {
		outside(text, offset)
	}
}

# quote_in_comment reads a quote that may be a part of a comment, or directly behind a word.
function quote_in_comment() {
	if (reading == SLASH) {
		refuse(slash, "unexpected character")
	} else if (reading == STAR) {
		reading = BLOCK_COMMENT
	} else if (reading == WORD) {
		word_end(position)
		string_start()
	}
}

# outside reads a short piece outside of strings. Most pieces have one character that counts, and recur: lone remembers where
# it stands, 0 for none.
function outside(piece, offset,   rest, n, c) {
	if (reading == PLAIN) {
		if (!(piece in lone) && length(piece) < 64) {
			find_lone(piece)
		}
		if (piece in lone) {
			lone_character(piece, offset)
			return
		}
	}
	# In each round n characters are read, and offset is where the next one stands.
	for (rest = piece; rest != ""; rest = substr(rest, n + 1)) {
		c = substr(rest, 1, 1)
		n = 1
		if (reading == PLAIN) {
			if (index(" \t\r\n", c)) {
				n = match(rest, /[^ \t\r\n]/) - 1
				if (n < 0) {
					return
				}
			} else if (c == "/") {
				reading = SLASH
				slash = offset
			} else if (c ~ /[A-Za-z0-9+.-]/) {
				value_start("word", offset)
				reading = WORD
				word = ""
				n = 0
			} else {
				structure(c, offset)
			}
		} else if (reading == WORD) {
			n = match(rest, /[^A-Za-z0-9+.-]/) ? RSTART - 1 : length(rest)
			word = word substr(rest, 1, n)
			if (n < length(rest)) {
				word_end(offset + n)
			}
		} else if (reading == SLASH) {
			comment_start(c)
		} else if (reading == LINE_COMMENT) {
			# Droid ends a line comment at a lone carriage return too.
			n = match(rest, /[\r\n]/) - 1
			if (n < 0) {
				return
			}
			comment_end(offset + n, 1)
		} else if (reading == BLOCK_COMMENT) {
			n = index(rest, "*")
			if (!n) {
				return
			}
			reading = STAR
		} else if (c == "/") {
			comment_end(offset + 1, 0)
		} else if (c != "*") {
			reading = BLOCK_COMMENT
		}
		offset += n
	}
}

function lone_character(piece, offset,   n) {
	n = lone[piece]
	if (n) {
		structure(substr(piece, n, 1), offset + n - 1)
	}
}

# find_lone looks whether a piece has one character that counts, or none.
function find_lone(piece,   c) {
	c = piece
	gsub(/[ \t\r\n]+/, "", c)
	if (c == "" || length(c) == 1 && index("{}[]:,", c)) {
		lone[piece] = c == "" ? 0 : index(piece, c)
	}
}

function comment_start(c) {
	if (c != "/" && c != "*") {
		refuse(slash, "unexpected character")
	}
	reading = c == "/" ? LINE_COMMENT : BLOCK_COMMENT
	if (expected != COLON && expected != VALUE) {
		commented[container] = 1
	}
}

function comment_end(offset, ends_line) {
	reading = PLAIN
	gap_starts(offset, ends_line)
}

function gap_starts(offset, ends_line) {
	gap = offset
	gap_ends_line = ends_line
}

function word_end(end) {
	reading = PLAIN
	if (word !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) {
		refuse(end - length(word), "invalid value")
	}
	value_end("word", end, "")
}

# structure reads a character that is not a part of a string, word or comment.
function structure(c, offset) {
	if (c == "{" || c == "[") {
		value_start(c, offset)
		open(c, offset)
		expected = c == "{" ? FIRST_KEY : FIRST_VALUE
	} else if (c == "," && expected == COMMA) {
		comma(offset)
		expected = bracket == "{" ? NEXT_KEY : NEXT_VALUE
	} else if (c == ":" && expected == COLON) {
		expected = VALUE
	} else if (c == "}" && bracket == "{" || c == "]" && bracket == "[") {
		if (expected == NEXT_KEY || expected == NEXT_VALUE) {
			refuse(offset, "trailing comma")
		}
		if (expected != COMMA && expected != FIRST_KEY && expected != FIRST_VALUE) {
			unexpected(offset)
		}
		shut(offset)
	} else {
		unexpected(offset)
	}
}

function unexpected(offset) {
	refuse(offset, expected == NOTHING ? "text after the end" : "unexpected character")
}

function value_start(type, offset) {
	if (expected != VALUE && expected != FIRST_VALUE && expected != NEXT_VALUE) {
		unexpected(offset)
	}
	if (!depth && type != "{") {
		refuse(offset, "the settings are not an object")
	}
	if (expected != VALUE) {
		child(offset)
	}
	child_value_start(offset)
}

function value_end(type, end, text) {
	gap_starts(end, 0)
	expected = depth ? COMMA : NOTHING
	child_value_end(type, end, text)
}

# Splits the file into tokens: brackets, commas, colons, strings and words. A word is a number, true, false or null. Any
# other character is a token of its own, which the grammar refuses. In: the records, each with whether a quote follows
# it. Out: token[1] to token[tokens], and of token i:
#   space[i]      the white space and comments before it; space[tokens + 1] is what follows the last one
#   comments[i]   the comments in it, each line comment with the end of its line
#   head[i]       the length of space[i] up to the end of its last comment, without the end of its line
#   fault[i], fault_at[i]    what is wrong in a string, and where in it
# and breaks[1] to breaks[lines], the tokens with a line end in their space; open_comment and open_string, whether one
# is not closed.
#
# reading says what is not complete yet: a "string", a "word", a "slash", a "line" comment, a "block" comment, a "star"
# in a block comment, or the "return" that ended a line comment and that a line feed may follow.

BEGIN {
	WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"
}

# grow and grown put a long text together. To append to a long string each time would take time that grows with its
# square.
function grow(what, text) {
	near[what] = near[what] text
	if (length(near[what]) > 1000) {
		middle[what] = middle[what] near[what]
		near[what] = ""
		if (length(middle[what]) > 30000) {
			far[what] = far[what] middle[what]
			middle[what] = ""
		}
	}
}

function grown(what,   text) {
	text = far[what] middle[what] near[what]
	far[what] = middle[what] = near[what] = ""
	return text
}

function read_record(text, quoted) {
	if (reading == "string") {
		read_string(text, quoted)
		return
	}
	in_pieces(text)
	if (quoted)
		read_quote()
}

# in_pieces reads a text outside of strings in short pieces. In some awks it is slow to take a long string apart.
function in_pieces(text,   half) {
	if (length(text) > 512) {
		half = int(length(text) / 2)
		in_pieces(substr(text, 1, half))
		in_pieces(substr(text, half + 1))
	} else {
		read_piece(text)
	}
}

# read_piece reads n characters of the piece in each round.
function read_piece(piece,   n, c) {
	for (; piece != ""; piece = substr(piece, n + 1)) {
		c = substr(piece, 1, 1)
		n = 1
		if (reading == "return") {
			reading = ""
			n = c == "\n"
			comment(n ? c : "")
		} else if (reading == "slash") {
			if (c == "/" || c == "*") {
				reading = c == "/" ? "line" : "block"
				comment_at = space_length
				comment("/" c)
			} else {
				end_token()
				n = 0
			}
		} else if (reading == "line") {
			# Droid ends a line comment at a lone carriage return too.
			n = match(piece, /[\r\n]/)
			comment(n ? substr(piece, 1, n - 1) : piece)
			if (!n)
				return
			head_length = space_length
			reading = substr(piece, n, 1) == "\r" ? "return" : ""
			comment(substr(piece, n, 1))
		} else if (reading == "block") {
			n = index(piece, "*")
			comment(n ? substr(piece, 1, n) : piece)
			if (!n)
				return
			reading = "star"
		} else if (reading == "star") {
			comment(c)
			reading = c == "/" ? "" : c == "*" ? "star" : "block"
			head_length = space_length
		} else if (reading == "word") {
			n = match(piece, /[^A-Za-z0-9+.-]/) - 1
			grow("token", n < 0 ? piece : substr(piece, 1, n))
			if (n < 0)
				return
			end_token()
		} else if (index(" \t\r\n", c)) {
			n = match(piece, /[^ \t\r\n]/) - 1
			if (n < 0)
				n = length(piece)
			between(substr(piece, 1, n))
		} else if (c == "/") {
			reading = "slash"
		} else if (index(WORD, c)) {
			reading = "word"
			n = 0
		} else {
			grow("token", c)
			end_token()
		}
	}
}

# read_quote reads a quote outside of strings.
function read_quote() {
	if (reading == "line" || reading == "block") {
		comment("\"")
	} else if (reading == "star") {
		comment("\"")
		reading = "block"
	} else {
		if (reading == "word" || reading == "slash")
			end_token()
		reading = "string"
		grow("token", "\"")
		string_length = 1
	}
}

# read_string reads a part of a string, up to the next quote or the end of the file.
function read_string(text, quoted,   escaped) {
	grow("token", text)
	escaped = text ~ /[\001-\037\\]/ && check_escapes(text)
	string_length += length(text) + 1
	if (quoted) {
		grow("token", "\"")
		if (!escaped)
			end_token()
	}
}

# check_escapes checks a part of a string, and tells whether the quote after it is escaped. What follows an even number
# of backslashes is plain.
function check_escapes(text,   n, i, parts, at) {
	if (match(text, /[\001-\037]/))
		note_fault("control character in a string", string_length + RSTART - 1)
	n = split(text, parts, /\\/)
	at = string_length + length(parts[1])
	for (i = 2; i <= n; i++) {
		if (parts[i] == "") {
			if (++i > n)
				return 1
			at++
		} else if (parts[i] !~ /^([\/bfnrt]|u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f])/) {
			note_fault("invalid escape in a string", at)
		}
		at += 1 + length(parts[i])
	}
	return 0
}

# note_fault keeps the first fault of the string.
function note_fault(what, at,   i) {
	i = tokens + 1
	if (!(i in fault) || at < fault_at[i]) {
		fault[i] = what
		fault_at[i] = at
	}
}

# between and comment note what stands between two tokens.
function between(text) {
	grow("space", text)
	space_length += length(text)
}

function comment(text) {
	between(text)
	grow("comments", text)
	commented = 1
}

function end_token() {
	end_space(++tokens)
	token[tokens] = reading == "slash" ? "/" : grown("token")
	reading = ""
}

function end_space(i) {
	space[i] = grown("space")
	if (index(space[i], "\n"))
		breaks[++lines] = i
	if (commented) {
		comments[i] = grown("comments")
		head[i] = head_length
	}
	space_length = commented = 0
}

function end_file() {
	open_comment = reading == "block" || reading == "star"
	open_string = reading == "string"
	if (reading == "line")
		head_length = space_length
	if (reading == "string" || reading == "word" || reading == "slash")
		end_token()
	end_space(tokens + 1)
	if (open_comment)
		space[tokens + 1] = substr(space[tokens + 1], 1, comment_at)
}

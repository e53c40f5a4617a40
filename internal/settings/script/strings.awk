# Strings: where they begin and end, their escapes, and the text of those that matter.
# In: the records that are in strings, by parse. Out: keys and values for tree.awk, or a refusal with its place.

BEGIN {
	escape["b"] = "\b"
	escape["f"] = "\f"
	escape["n"] = "\n"
	escape["r"] = "\r"
	escape["t"] = "\t"
	escape["\""] = "\""
	escape["\\"] = "\\"
	escape["/"] = "/"
}

function string_start() {
	is_key = expected == FIRST_KEY || expected == NEXT_KEY
	if (is_key) {
		child(position)
		keep_text = place != ""
	} else {
		value_start("string", position)
		keep_text = place != "" && key ~ /^(id|provider|model)$/
	}
	in_string = 1
	string_text = ""
	cut_escape = ""
}

# string_quote reads a quote in a string: its end, or an escaped one.
function string_quote() {
	if (cut_escape == "\\") {
		cut_escape = ""
		if (keep_text) {
			add_text("\"")
		}
		return
	}
	if (cut_escape != "") {
		refuse(position - length(cut_escape), "invalid escape in a string")
	}
	in_string = 0
	string_text = keep_text ? unescaped(string_text) : ""
	if (is_key) {
		key = string_text
		expected = COLON
		gap_starts(position + 1, 0)
	} else {
		value_end("string", position + 1, string_text)
	}
}

# add_text collects the text of a string that matters. What is longer than any id stays cut.
function add_text(more) {
	if (length(string_text) < 65536) {
		string_text = string_text more
	}
}

# string_part reads the part of a string up to the next quote.
function string_part(part) {
	if (keep_text) {
		add_text(part)
	}
	if (cut_escape != "" || part ~ /[\001-\037\\]/) {
		in_pieces(part, position, 1)
	}
}

# check_escapes checks a short part of a string. cut_escape is an escape that begins at its end.
function check_escapes(part, offset,   n, i, control, pieces, at, c) {
	offset -= length(cut_escape)
	part = cut_escape part
	cut_escape = ""
	control = match(part, /[\001-\037]/)
	n = split(part, pieces, /\\/)
	at = length(pieces[1]) + 1
	for (i = 2; i <= n; i++) {
		c = substr(pieces[i], 1, 1)
		if (control && control < at) {
			break
		}
		if (c == "") {
			if (i == n) {
				cut_escape = "\\"
			}
			at += 2 + length(pieces[++i])
			continue
		}
		if (c == "u" && i == n && length(pieces[i]) < 5 && pieces[i] ~ /^u[0-9A-Fa-f]*$/) {
			cut_escape = "\\" pieces[i]
		} else if (c == "u" ? pieces[i] !~ /^u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]/ : !(c in escape)) {
			refuse(offset + at - 1, "invalid escape in a string")
		}
		at += 1 + length(pieces[i])
	}
	if (control) {
		refuse(offset + control - 1, "control character in a string")
	}
}

# unescaped gives the text of a string. Keys and ids of ours are ASCII; any other escaped character becomes a byte that no text
# has, so that the string equals none of them.
function unescaped(text,   parts, n, i, c, out) {
	if (!index(text, "\\")) {
		return text
	}
	n = split(text, parts, /\\/)
	out = parts[1]
	for (i = 2; i <= n; i++) {
		c = substr(parts[i], 1, 1)
		if (c == "") {
			out = out "\\" parts[++i]
		} else if (c == "u") {
			c = parts[i] ~ /^u00[2-7]/ ? index("0123456789abcdef", tolower(substr(parts[i], 5, 1))) - 1 + 16 * substr(parts[i], 4, 1) : 255
			out = out byte[c] substr(parts[i], 6)
		} else {
			out = out escape[c] substr(parts[i], 2)
		}
	}
	return out
}

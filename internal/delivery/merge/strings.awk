# Strings: where they begin and end, whether their escapes are right, and the text of those that matter.
# In: what parse reads. Out: keys and values for tree.awk, or a refusal.
#
# in_string tells whether the current record is a part of a string, is_key whether that string is a key, and keep_text whether its
# text matters. string is the text so far. cut is the start of an escape whose rest is in the next piece.

BEGIN {
	for (i = split("id provider model baseUrl reasoningEffort", texts, " "); i > 0; i--)
		with_text[texts[i]] = 1
}

function string_start() {
	is_key = index(expected, "key")
	if (!is_key) {
		value_start("string", here)
	} else if (node) {
		child(here)
	}
	keep_text = place != "" && (is_key || (key in with_text))
	in_string = 1
	string = cut = ""
}

# string_quote reads a quote in a string: its end, or an escaped one.
function string_quote() {
	if (cut == "\\") {
		cut = ""
		if (keep_text)
			string = string "\""
		return
	}
	if (cut != "")
		refuse(here - length(cut), "invalid escape in a string")
	in_string = 0
	if (index(string, "\\"))
		string = unescaped(string)
	gap = here + 1
	if (is_key) {
		key = string
		expected = "colon"
	} else if (place == "") {
		# This is all that value_end would do here.
		expected = "comma"
	} else {
		value_end("string", here + 1, string)
	}
}

# check_escapes checks a short part of a string.
function check_escapes(part, at) {
	at -= length(cut)
	part = cut part
	cut = ""
	while (match(part, /[\001-\037\\]/)) {
		at += RSTART - 1
		part = substr(part, RSTART)
		if (part ~ /^[^\\]/)
			refuse(at, "control character in a string")
		if (part ~ /^\\(u[0-9A-Fa-f]*)?$/ && length(part) < 6) {
			cut = part
			return
		}
		if (!match(part, /^\\([\/\\bfnrt]|u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f])/))
			refuse(at, "invalid escape in a string")
		at += RLENGTH
		part = substr(part, RLENGTH + 1)
	}
}

# unescaped gives the text of a string. Our keys and ids are printable ASCII. The backslash of any other escape becomes a byte that
# no text has, so that the string equals none of them.
function unescaped(text,   parts, n, i, c, out) {
	n = split(text, parts, /\\/)
	out = parts[1]
	for (i = 2; i <= n; i++) {
		c = substr(parts[i], 1, 1)
		if (c == "") {
			out = out "\\" parts[++i]
		} else if (parts[i] ~ /^u00[2-7]/) {
			c = 16 * substr(parts[i], 4, 1) + index("123456789abcdef", tolower(substr(parts[i], 5, 1)))
			out = out byte[c] substr(parts[i], 6)
		} else {
			out = out (index("\"/", c) ? "" : byte[255]) parts[i]
		}
	}
	return out
}

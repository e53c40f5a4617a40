# What is in an object or array. In: the tokens and partner. An object or array goes by its opening bracket, and a
# string by its token. Out: see read_node.

BEGIN {
	ROOT = 1
	for (i = 1; i < 256; i++)
		byte[i] = sprintf("%c", i)
}

# read_node notes the children of node o, how many they are in children[o], and of child j under [o, j]:
#   first, last    its tokens; a member begins with its key
#   value          the token where its value begins
#   key            of a member
function read_node(o,   i, j) {
	for (i = o + 1; i < partner[o]; i = next_child(last[o, j])) {
		first[o, ++j] = i
		if (token[o] == "{") {
			key[o, j] = text_of(i)
			i += 2
		}
		value[o, j] = i
		last[o, j] = end_of(i)
	}
	children[o] = j + 0
}

# end_of gives the last token of the value that begins with token i, and next_child the one that follows token i and a
# comma.
function end_of(i) {
	return i in partner ? partner[i] : i
}

function next_child(i) {
	return i + 1 + (token[i + 1] == ",")
}

# member gives the number of the member with a key, and 0 if there is none. Of duplicate keys the last counts, as in
# Droid.
function member(o, name,   j) {
	for (j = o ? children[o] : 0; j > 0 && key[o, j] != name; j--) {
	}
	return j
}

function is_string(i) { return token[i] ~ /^"/ }

# text_of gives the text of a string, or the start of a very long one. Our keys and ids are printable ASCII. The
# backslash of any other escape becomes a byte that no text has, so that the string equals none of them.
function text_of(i,   text, n, c, parts) {
	text = substr(token[i], 2, length(token[i]) < 6000 ? length(token[i]) - 2 : 6000)
	if (!index(text, "\\"))
		return text
	n = split(text, parts, /\\/)
	grow("text", parts[1])
	for (i = 2; i <= n; i++) {
		c = substr(parts[i], 1, 1)
		if (c == "") {
			grow("text", "\\" parts[++i])
		} else if (parts[i] ~ /^u00[2-7]/) {
			c = 16 * substr(parts[i], 4, 1) + index("123456789abcdef", tolower(substr(parts[i], 5, 1)))
			grow("text", byte[c] substr(parts[i], 6))
		} else {
			grow("text", (index("\"/", c) ? "" : byte[255]) parts[i])
		}
	}
	return grown("text")
}

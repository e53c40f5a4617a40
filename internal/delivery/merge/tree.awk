# What is kept of the file: the root object, the arrays called customModels in it, and the objects called sessionDefaultSettings.
# In: calls by parse, in the order of the file. Out: for each node c of these, of which ROOT is the first:
#   opening, closing          the offsets of its brackets
#   children                  how many elements or members it has
#   tail_gap                  the gap before its closing bracket
#   commented                 whether there is a comment in it
# and for each of its children j, under [c, j]:
#   child_start, child_end      where it begins and ends; a member begins with its key
#   child_value                 where its value begins
#   child_comma                 where the comma after it is; the last child has none
#   child_gap                   the gap before it
# and for a member:
#   child_key                   its key
#   child_type                  the type of its value: string, word, { or [
#   child_text                  the text of a string, or the number of a node
# For an entry of customModels, rules.awk adds child_id.
#
# bracket, place, key and node describe the innermost open bracket: its kind, its role in the merge, the last key in it, and its
# number if it is a node. The outer_ arrays keep the same for the brackets around it, by depth.
#
# nesting is how deep the file nests. Droid's reader runs out of stack: it was seen to read 32,000 nested arrays or 16,000 nested
# objects, and no more. So an object counts twice.

BEGIN {
	ROOT = 1
}

# child notes where an element or a member begins.
function child(at,   j) {
	if (node) {
		j = ++children[node]
		child_start[node, j] = at
		child_gap[node, j] = gap
	}
}

function open(kind, at,   what) {
	if (!depth) {
		what = "root"
	} else if (place == "list") {
		what = "entry"
	} else if (place == "root" && key == "customModels") {
		what = "list"
	} else if (place == "root" && key == "sessionDefaultSettings") {
		what = "session"
	} else if (place == "entry" && (key == "extraHeaders" || key == "bedrock")) {
		what = key
		inner_fault = 0
	}
	outer_place[++depth] = place
	outer_bracket[depth] = bracket
	outer_key[depth] = key
	outer_node[depth] = node
	place = what
	bracket = kind
	key = ""
	node = 0
	if (what ~ /^(root|list|session)$/) {
		node = ++nodes
		opening[node] = at
		children[node] = 0
	}
	nesting += kind == "{" ? 2 : 1
	if (nesting > 33000)
		refuse(at, "nested too deeply for Droid")
	gap = at + 1
}

function shut(at,   type, c) {
	type = bracket
	c = node
	if (c) {
		closing[c] = at
		tail_gap[c] = gap
	}
	node = outer_node[depth]
	if (place == "extraHeaders" || place == "bedrock")
		c = inner_fault
	if (place == "entry")
		entry_shuts(node, children[node])
	place = outer_place[depth]
	bracket = outer_bracket[depth]
	key = outer_key[depth]
	depth--
	nesting -= type == "{" ? 2 : 1
	value_end(type, at + 1, c)
}

# child_at gives the last child of node c that begins at an offset or before it, and 0 if there is none.
function child_at(c, at,   low, high, i) {
	low = 0
	high = children[c]
	while (low < high) {
		i = int((low + high + 1) / 2)
		if (child_start[c, i] <= at) {
			low = i
		} else {
			high = i - 1
		}
	}
	return low
}

# value_start notes where a value begins, and refuses one where none may come.
function value_start(type, at) {
	if (!index(expected, "value"))
		unexpected(at)
	if (!depth && type != "{")
		refuse(at, "the settings are not an object")
	if (expected != "value")
		child(at)
	if (node) {
		child_value[node, children[node]] = at
	} else if (place == "entry") {
		field_at[key] = at
	}
}

function value_end(type, end, text,   j) {
	gap = end
	expected = depth ? "comma" : "nothing"
	if (node) {
		j = children[node]
		child_end[node, j] = end
		if (bracket == "{") {
			child_key[node, j] = key
			child_type[node, j] = type
			child_text[node, j] = text
		} else if (type != "{") {
			incomplete(node, j)
		}
	} else if (place == "entry") {
		field[key] = type text
	} else if (place != "") {
		inner_field(type)
	}
}

# member gives the number of the member with a key, and 0 if there is none. Of duplicate keys the last counts, as in Droid.
function member(c, name,   j) {
	for (j = c ? children[c] : 0; j > 0; j--) {
		if (child_key[c, j] == name)
			return j
	}
	return 0
}

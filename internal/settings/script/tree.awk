# What is kept of the file: the root, the lists called customModels and the objects called sessionDefaultSettings.
# In: calls by parse, in the order of the file. Out: for each such container c, ROOT being the first:
#   opening[c], closing[c]      offsets of its brackets
#   children[c]                 how many it has
#   tail_gap[c], tail_ends_line[c]   the gap before its closing bracket
#   commented[c]                whether a comment stands in it
# and for each child j, an element or a member, under [c, j]:
#   child_start, child_end      its extent; a member starts at its key
#   child_value                 where its value starts
#   child_comma                 the comma after it; the last child has none
#   child_gap, child_ends_line  the gap before it
#   child_type                  of its value: string, word, { or [
#   child_key                   of a member
#   child_text                  a string's text, or the number of a container that is kept
#   child_id                    the id of an entry, if it is a string
# and, under the same, what rules.awk says of an entry.
#
# nesting is how deep the open brackets are for Droid, whose reader runs out of stack: an object takes twice as much as an array.
# It was seen to read up to 32,000 arrays or 16,000 objects in each other, and not always.
#
# bracket, place, key and container are of what is open innermost: its kind, what it is to us, the last key in it, and its number
# if it is kept. The outer_ ones are of what is open around it, by depth.

BEGIN {
	ROOT = 1
}

# child notes where an element or a member begins.
function child(at,   j) {
	if (node) {
		j = ++children[node]
		child_start[node, j] = at
		child_gap[node, j] = gap
		child_ends_line[node, j] = gap_ends_line
	}
}

function comma(at) {
	if (node)
		child_comma[node, children[node]] = at
	gap_starts(at + 1, 0)
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
	gap_starts(at + 1, 0)
}

function shut(at,   type, c) {
	type = bracket
	c = node
	if (c) {
		closing[c] = at
		tail_gap[c] = gap
		tail_ends_line[c] = gap_ends_line
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

function child_value_start(at) {
	if (node)
		child_value[node, children[node]] = at
	if (place == "entry")
		field_at[key] = at
}

function child_value_end(type, end, text,   j) {
	if (node) {
		j = children[node]
		child_end[node, j] = end
		child_type[node, j] = type
		child_key[node, j] = bracket == "{" ? key : ""
		child_text[node, j] = text
	} else if (place == "entry") {
		field[key] = type text
	} else if (place != "") {
		inner_field(type)
	}
}

# member gives the member of a container that counts, of duplicate keys the last; 0 for none.
function member(c, name,   j) {
	for (j = c ? children[c] : 0; j > 0; j--) {
		if (child_key[c, j] == name)
			return j
	}
	return 0
}

# What is kept of the file: the root, the lists called customModels and the objects called sessionDefaultSettings.
# In: calls by parse, in the order of the file. Out: for each such container c, ROOT being the first:
#   opening[c], closing[c]      offsets of its brackets
#   children[c]                 how many it has
#   tail_gap[c], tail_ends_line[c]   the gap before its closing bracket
#   commented[c]                whether a comment stands in it, but for one between a key and its value
# and for each child j, an element or a member, under [c, j]:
#   child_start, child_end      its extent; a member starts at its key
#   child_value                 where its value starts
#   child_comma                 the comma after it; the last child has none
#   child_gap, child_ends_line  the gap before it
#   child_type                  of its value: string, word, { or [
#   child_key                   of a member
#   child_text                  a string's text, or the number of a container that is kept
#   child_id                    the id of an entry, if it is a string
# and, under the same, what rules.awk finds wrong with an entry.
#
# bracket, place, key and container are of what is open innermost: its kind, what it is to us, the last key in it, and its number
# if it is kept. The outer_ ones are of what is open around it, by depth.

BEGIN {
	ROOT = 1
}

# child notes where an element or a member begins.
function child(offset,   j) {
	if (container) {
		j = ++children[container]
		child_start[container, j] = offset
		child_gap[container, j] = gap
		child_ends_line[container, j] = gap_ends_line
	}
}

function comma(offset) {
	if (container) {
		child_comma[container, children[container]] = offset
	}
	gap_starts(offset + 1, 0)
}

function open(kind, offset,   what) {
	if (!depth) {
		what = "root"
	} else if (place == "list") {
		what = "entry"
	} else if (place == "root" && key == "customModels") {
		what = "list"
	} else if (place == "root" && key == "sessionDefaultSettings") {
		what = "session"
	}
	outer_place[++depth] = place
	outer_bracket[depth] = bracket
	outer_key[depth] = key
	outer_container[depth] = container
	place = what
	bracket = kind
	key = ""
	container = 0
	if (what == "entry") {
		entry_opens()
	} else if (what != "") {
		container = ++containers
		opening[container] = offset
		children[container] = 0
	}
	gap_starts(offset + 1, 0)
}

function shut(offset,   type, c) {
	type = bracket
	c = container
	if (c) {
		closing[c] = offset
		tail_gap[c] = gap
		tail_ends_line[c] = gap_ends_line
	}
	container = outer_container[depth]
	if (place == "entry") {
		entry_shuts(container, children[container])
	}
	place = outer_place[depth]
	bracket = outer_bracket[depth]
	key = outer_key[depth]
	depth--
	value_end(type, offset + 1, c)
}

function child_value_start(offset) {
	if (container) {
		child_value[container, children[container]] = offset
	}
	value_offset = offset
}

function child_value_end(type, end, text,   j) {
	if (container) {
		j = children[container]
		child_end[container, j] = end
		child_type[container, j] = type
		child_key[container, j] = bracket == "{" ? key : ""
		child_text[container, j] = text
	} else if (place == "entry") {
		entry_field(key, type, text)
	}
}

# member gives the member of a container that counts, of duplicate keys the last; 0 for none.
function member(c, name,   j) {
	for (j = c ? children[c] : 0; j > 0; j--) {
		if (child_key[c, j] == name) {
			return j
		}
	}
	return 0
}

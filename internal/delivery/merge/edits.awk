# Edits of the file: removes children of a node, and adds texts. In: going[1] to going[goings], the children to remove,
# in the order of the file; coming[1] to coming[comings], the texts to add. change empties both lists. Out: the changed
# tokens; and edits, how many there are.

# change makes the edits in node o, and tells whether the node ends up empty. A text that comes takes the place of a
# child that goes, as long as there are both.
function change(o,   i, empty) {
	for (i = 1; i <= goings && i <= comings; i++)
		replace(o, going[i], coming[i])
	if (i <= comings) {
		add(o, i)
	} else if (i <= goings) {
		empty = remove(o, i)
	}
	comings = goings = 0
	return empty
}

# put gives some tokens another text.
function put(from, to, text) {
	for (token[from] = text; from++ < to; token[from] = "")
		space[from] = ""
	edits++
}

# replace puts a text in the place of a child, and tells whether that changes anything but indentation. Comments between
# a key and its value stay.
function replace(o, j, text,   i) {
	text = laid_out(text, pretty ? lead(first[o, j]) : "")
	for (i = first[o, j]; i <= last[o, j]; i++)
		grow("text", (i > first[o, j] ? space[i] : "") token[i])
	if (joined(text) == joined(grown("text")))
		return 0
	put(first[o, j], last[o, j], text comments_in(o, j))
	return 1
}

# joined gives a text as one line.
function joined(text) {
	gsub(/\r?\n[ \t]*/, "", text)
	return text
}

# comments_in gives the comments between a key and its value.
function comments_in(o, j) {
	return value[o, j] == first[o, j] ? "" : comments[first[o, j] + 1] comments[value[o, j]]
}

# line_end gives the end of the line comment that ends a text, and nothing if none does.
function line_end(text) {
	return match(text, /\r?[\r\n]$/) ? substr(text, RSTART) : ""
}

# add puts the texts that come, from number i on, after the last child, or after the comments that follow it.
function add(o, i,   end, j, base, tail, separator, out) {
	end = partner[o]
	j = children[o]
	if (pretty)
		base = j ? lead(first[o, j]) : lead(o) unit
	if (j)
		token[last[o, j]] = token[last[o, j]] ","
	tail = substr(space[end], head[end] + 1)
	if (index(tail, "\n") || line_end(comments[end]) != "") {
		# In a file on one line, a carriage return ends the comment. A line feed would turn it into a file of several lines.
		separator = (pretty ? newline : "\r") base
	} else if (!j && pretty) {
		separator = newline base
		tail = newline lead(o)
	} else if (tail != "" || j && pretty) {
		separator = " "
		base = pretty ? lead(end) : ""
	}
	for (; i <= comings; i++)
		out = out separator laid_out(coming[i], base) (i < comings ? "," : "")
	space[end] = substr(space[end], 1, head[end]) out tail
	edits++
}

# remove removes the children that go, from number i on, each with the white space before it and one comma. It tells
# whether the node ends up empty.
function remove(o, i,   kept, n, j, comma, next_character) {
	kept = children[o]
	for (n = goings; n >= i && going[n] == kept; n--)
		kept--
	if (!kept && !has_comments(o)) {
		put(o + 1, partner[o], token[partner[o]])
		space[o + 1] = ""
		return 1
	}
	# Each child goes after those behind it, so that the character that will follow it is known.
	for (n = goings; n >= i; n--) {
		j = going[n]
		comma = last[o, j] + 1
		if (j > kept && j > 1) {
			token[last[o, j - 1] + 1] = ""
		} else if (token[comma] == ",") {
			token[comma] = ""
		}
		next_character = follower(o, j, next_character)
		take_out(o, j, next_character ~ /[\r\n]/)
	}
	return 0
}

# follower gives the first character that stays after child j. later is the one after child j + 1.
function follower(o, j, later,   i) {
	for (i = last[o, j] + 1; i <= last[o, j] + 2; i++) {
		if (space[i] token[i] != "")
			return substr(space[i] token[i], 1, 1)
	}
	return later
}

# take_out takes a child out, but not the comments before it and between its key and its value. The last one must not
# swallow what follows: so it has its line end, unless a line end follows.
function take_out(o, j, line_follows,   i, kept_end, left) {
	i = first[o, j]
	left = comments_in(o, j)
	if (left != "") {
		if (line_follows)
			sub(/\r?[\r\n]$/, "", left)
	} else {
		kept_end = line_follows ? "" : line_end(comments[i])
		space[i] = substr(space[i], 1, head[i]) kept_end
	}
	put(i, last[o, j], left)
}

# has_comments tells whether there is a comment in a node, not counting those inside its elements.
function has_comments(o,   j) {
	for (j = 1; j <= children[o]; j++) {
		if (first[o, j] in comments || comments_in(o, j) != "" || last[o, j] + 1 in comments)
			return 1
	}
	return partner[o] in comments
}

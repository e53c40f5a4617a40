# Edits of the file: removes children of a node, and adds pieces.
# In: going[1] to going[goings], the children to remove, in the order of the file; coming[1] to coming[comings], the pieces to add;
# and coming_index, the places that added entries will have. change empties both lists.
# Out: edit i of edits replaces the text from edit_from[i] up to edit_end[i], which is not included, with edit_text[i].

# edit notes an edit, in the order of the file. Edits at the same place keep the order in which they were made.
function edit(from, end, text,   i) {
	for (i = ++edits; i > 1 && edit_from[i - 1] > from; i--) {
		edit_from[i] = edit_from[i - 1]
		edit_end[i] = edit_end[i - 1]
		edit_text[i] = edit_text[i - 1]
	}
	edit_from[i] = from
	edit_end[i] = end
	edit_text[i] = text
}

# change makes the edits in a node, and tells whether the node ends up empty. A piece that comes takes the place of a child that goes,
# as long as there are both.
function change(c,   i, empty) {
	for (i = 1; i <= goings && i <= comings; i++)
		replace(c, going[i], coming[i], 0)
	if (i <= comings) {
		add(c, i)
	} else if (i <= goings) {
		empty = remove(c, i)
	}
	comings = goings = 0
	return empty
}

# replace puts a piece in the place of a child, and tells whether that changes anything but indentation. Comments between a key and
# its value stay.
function replace(c, j, piece, rank,   start, end, text) {
	start = child_start[c, j]
	end = child_end[c, j]
	text = laid_out(piece, rank + 0, pretty ? lead(start) : "")
	if (joined(text) == joined(file_text(start, end)))
		return 0
	edit(start, end, text comments_of(file_text(start, child_value[c, j])))
	return 1
}

# joined gives a text as one line.
function joined(text) {
	gsub(/\r?\n[ \t]*/, "", text)
	return text
}

# add puts the pieces that come, from number i on, after the last child, or after the comments that follow it.
function add(c, i,   base, tail, separator, end, until, last, out) {
	last = children[c]
	if (pretty)
		base = last ? lead(child_start[c, last]) : lead(opening[c]) unit
	if (last)
		edit(child_end[c, last], child_end[c, last], ",")
	tail = file_text(tail_gap[c], closing[c])
	until = tail_gap[c]
	if (index(tail, "\n") || (tail_gap[c] in ends_line)) {
		# In a file on one line, a carriage return ends the comment. A line feed would turn it into a file of several lines.
		separator = (pretty ? newline : "\r") base
	} else if (!last && pretty) {
		separator = newline base
		end = newline lead(opening[c])
		until = closing[c]
	} else if (tail != "" || last && pretty) {
		separator = " "
		base = pretty ? lead(tail_gap[c]) : ""
	}
	for (; i <= comings; i++)
		out = out separator laid_out(coming[i], coming_index[i], base) (i < comings ? "," : "")
	edit(tail_gap[c], until, out end)
}

# remove removes the children that go, from number first on, each with the gap before it and one comma. It tells whether the node
# ends up empty.
function remove(c, first,   i, j, kept, comma_offset, from, comments) {
	kept = children[c]
	for (i = goings; i >= first && going[i] == kept; i--)
		kept--
	if (!kept && !commented[c]) {
		edit(opening[c] + 1, closing[c], "")
		return 1
	}
	for (i = first; i <= goings; i++) {
		j = going[i]
		comma_offset = j > kept && j > 1 ? child_comma[c, j - 1] : child_comma[c, j]
		if (comma_offset)
			edit(comma_offset, comma_offset + 1, "")
		comments = comments_of(file_text(child_start[c, j], child_value[c, j]))
		if (comments != "") {
			# The comments take the place of the member. If a line end follows, the last comment loses its own.
			if (behind(c, i) ~ /[\r\n]/)
				sub(/\r?[\r\n]$/, "", comments)
			edit(child_start[c, j], child_end[c, j], comments)
			continue
		}
		from = child_gap[c, j]
		# What follows must not become a part of the line comment before it.
		if ((from in ends_line) && behind(c, i) !~ /[\r\n]/)
			from += file_text(from, from + 2) == "\r\n" ? 2 : 1
		edit(from, child_end[c, j], "")
	}
	return 0
}

# comments_of gives the comments between a key and its value, each line comment with the end of its line.
function comments_of(text,   n, comments) {
	for (n = index(text, "/"); n; n = index(text, "/")) {
		text = substr(text, n)
		n = substr(text, 2, 1) == "/" ? match(text, /[\r\n]/) : index(substr(text, 3), "*/") + 3
		comments = comments substr(text, 1, n)
		text = substr(text, n + 1)
	}
	return comments
}

# behind gives the first character that stays after going child i. It skips the going children that follow it directly.
function behind(c, i,   j, end) {
	do {
		j = going[i]
		end = child_end[c, j]
		if (child_comma[c, j] == end)
			end++
	} while (going[++i] == j + 1 && i <= goings && child_gap[c, j + 1] == end)
	return file_text(end, end + 1)
}

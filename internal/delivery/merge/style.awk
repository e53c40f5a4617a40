# How the lines of the file are laid out, so that those that are written into it look the same.
# In: the file and the tree. Out: pretty, which tells whether the root object is on several lines; newline; and unit, which is
# one level of indentation.

function find_style(   i, n, first, outer, inner) {
	newline = "\n"
	for (i = 0; i < chunks && !index(chunk[i], "\n"); i++) {
	}
	n = CHUNK * i + index(chunk[i], "\n") - 1
	if (n > 0 && file_text(n - 1, n + 1) == "\r\n")
		newline = "\r\n"
	unit = "  "
	pretty = !children[ROOT] || line_start(closing[ROOT]) > opening[ROOT]
	if (children[ROOT] && pretty) {
		first = child_start[ROOT, 1]
		outer = lead(opening[ROOT])
		inner = lead(first)
		n = line_start(first)
		if (n > opening[ROOT] && n + length(inner) == first && length(inner) > length(outer) && substr(inner, 1, length(outer)) == outer)
			unit = substr(inner, length(outer) + 1)
	}
}

# lead gives the white space at the start of a line, up to an offset in that line. Our entries are laid out anew. So if the line
# begins inside one of them, lead gives the indentation of the line on which that entry begins.
function lead(at,   line, j, end) {
	line = line_start(at)
	while (list && (j = child_at(list, line - 1)) && child_end[list, j] > line && owned(child_id[list, j]))
		line = line_start(at = child_start[list, j])
	for (end = line; end < at && index(" \t", file_text(end, end + 1)); end++) {
	}
	return file_text(line, end)
}

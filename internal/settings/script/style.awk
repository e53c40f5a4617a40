# How the file is laid out, so that what is written into it looks the same.
# In: the records and the tree. Out: pretty, which tells whether the root object is on several lines; newline; and unit, which is
# one level of indentation.

function find_style(   i, n, first, outer, inner) {
	newline = "\n"
	for (i = 1; i <= records && !(n = index(record[i], "\n")); i++) {
	}
	if (n > 1 && substr(record[i], n - 1, 1) == "\r")
		newline = "\r\n"
	unit = "  "
	if (!children[ROOT]) {
		pretty = 1
		return
	}
	pretty = breaks_line()
	if (pretty) {
		first = child_start[ROOT, 1]
		outer = lead(opening[ROOT])
		inner = lead(first)
		n = line_start(first)
		if (n > opening[ROOT] && n + length(inner) == first && length(inner) > length(outer) && substr(inner, 1, length(outer)) == outer)
			unit = substr(inner, length(outer) + 1)
	}
}

# breaks_line tells whether the root object is on more than one line.
function breaks_line(   i, from, n) {
	for (i = record_at(opening[ROOT]); i <= records; i++) {
		from = starts[i] < opening[ROOT] ? opening[ROOT] : starts[i]
		n = index(substr(record[i], from - starts[i] + 1), "\n")
		if (n)
			return from + n - 1 < closing[ROOT]
	}
	return 0
}

# lead gives the white space at the start of a line, up to an offset in that line. Our entries are laid out anew. So if the line
# begins inside one of them, lead gives the indentation of the line on which that entry begins.
function lead(at,   line, low, high, j, text) {
	for (line = line_start(at); list; line = line_start(at = child_start[list, low])) {
		low = 0
		for (high = children[list]; low < high;) {
			j = int((low + high + 1) / 2)
			if (child_start[list, j] < line) {
				low = j
			} else {
				high = j - 1
			}
		}
		if (!low || child_end[list, low] <= line || !owned(child_id[list, low]))
			break
	}
	low = record_at(line)
	text = substr(record[low], line - starts[low] + 1, at - line)
	match(text, /^[ \t]*/)
	return substr(text, 1, RLENGTH)
}

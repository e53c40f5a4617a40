# How the lines of the file are laid out, so that those that are written into it look the same. In: the tokens; and
# line_of, which has the first token of the entry of ours in which a line begins. Out: pretty, which tells whether the
# root object is on several lines; newline; and unit, which is one level of indentation.

function find_style(   outer, inner, i) {
	newline = lines && space[breaks[1]] ~ /^[^\n]*\r\n/ ? "\r\n" : "\n"
	pretty = !children[ROOT] || line_start(partner[ROOT]) > ROOT
	unit = "  "
	if (children[ROOT] && pretty) {
		i = first[ROOT, 1]
		outer = lead(ROOT)
		inner = lead(i)
		if (line_start(i) == i && space[i] ~ /\n[ \t]*$/ && length(inner) > length(outer) && substr(inner, 1, length(outer)) == outer)
			unit = substr(inner, length(outer) + 1)
	}
}

# line_start gives the last token up to i with a line end before it, and 0 if there is none.
function line_start(i,   low, high, half) {
	high = lines
	while (low < high) {
		half = int((low + high + 1) / 2)
		if (breaks[half] <= i) {
			low = half
		} else {
			high = half - 1
		}
	}
	return low ? breaks[low] : 0
}

# lead gives the white space at the start of the line of token i. Our entries are laid out anew. So if the line begins
# inside one of them, lead gives the indentation of the line on which that entry begins.
function lead(i,   text, n, parts) {
	while (line_start(i) in line_of)
		i = line_of[line_start(i)]
	i = line_start(i)
	n = split(space[i ? i : 1], parts, "\n")
	text = parts[n]
	match(text, /^[ \t]*/)
	return substr(text, 1, RLENGTH)
}

# laid_out gives a text, which is indented by two spaces a level, for a line that is indented by base. Apart from line
# ends and indentation, the text is the same in every file, because a run may remove the last line end of a file, and
# the next run has to recognize what it finds.
function laid_out(text, base,   n, i, line, parts, levels) {
	n = split(text, parts, "\n")
	grow("lines", parts[1])
	for (i = 2; i <= n; i++) {
		match(parts[i], /[^ ]/)
		line = pretty ? newline base : ""
		for (levels = pretty ? RSTART - 1 : 0; levels > 0; levels -= 2)
			line = line unit
		grow("lines", line substr(parts[i], RSTART))
	}
	return grown("lines")
}

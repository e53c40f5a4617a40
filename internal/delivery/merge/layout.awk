# Lays out a piece of the wanted document in the style of the file.

# laid_out gives the text of a piece for a line that is indented by base. If the piece is an entry, rank is its place in the list,
# counted from 0. Apart from line ends and indentation, the text is the same in every file, because a run may remove the last line
# end of a file, and the next run has to recognise what it finds.
function laid_out(piece, rank, base,   i, line, outermost, levels, out) {
	for (i = first_line[piece]; i <= last_line[piece]; i++) {
		line = i == index_line[piece] ? "      \"index\": " rank "," : wanted[i]
		if (line == "")
			continue
		if (i == last_line[piece])
			sub(/,$/, "", line)
		levels = (match(line, /[^ ]/) - 1) / 2
		line = substr(line, RSTART)
		if (out == "") {
			outermost = levels
		} else if (pretty) {
			out = out newline base
			for (; levels > outermost; levels--)
				out = out unit
		}
		out = out line
	}
	return out
}

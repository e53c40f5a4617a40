# Lays out a piece of the wanted document in the style of the file.

# laid_out gives the text of a piece for a line that is indented by base. If the piece is an entry, rank is its place in the list,
# counted from 0.
function laid_out(piece, rank, base,   i, line, outermost, levels, out) {
	for (i = first_line[piece]; i <= last_line[piece]; i++) {
		line = i == index_line[piece] ? "      \"index\": " rank "," : wanted[i]
		if (line == "")
			continue
		if (i == last_line[piece])
			sub(/,$/, "", line)
		levels = (match(line, /[^ ]/) - 1) / 2
		line = substr(line, RSTART)
		if (!pretty) {
			if (match(line, /^"([^"\\]|\\.)*": /))
				line = substr(line, 1, RLENGTH - 1) substr(line, RLENGTH + 1)
		} else if (out == "") {
			outermost = levels
		} else {
			out = out newline base
			for (; levels > outermost; levels--)
				out = out unit
		}
		out = out line
	}
	return out
}

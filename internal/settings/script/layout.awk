# Lays out a piece of the wanted document for the place where it will stand.
# In: a piece, which is the number of a wanted entry, or one of the members "list", "session" and "model". Out: its text.

# laid_out gives the text of a piece for a line that is indented by base. If the piece is an entry, rank is its place in the list,
# counted from 0.
function laid_out(piece, rank, base,   k, i) {
	queued = 0
	if (piece == "list") {
		queue_line[++queued] = "  \"customModels\": ["
		for (k = 1; k <= entries; k++) {
			queue_entry(k, k - 1)
			queue_line[queued] = queue_line[queued] (k < entries ? "," : "")
		}
		queue_line[++queued] = "  ]"
	} else if (piece == "session") {
		for (i = session_line; i <= default_line + 1; i++)
			queue_line[++queued] = wanted[i]
	} else if (piece == "model") {
		queue_line[++queued] = wanted[default_line]
	} else {
		queue_entry(piece, rank)
	}
	return joined(base)
}

function queue_entry(k, rank,   i) {
	for (i = entry_first[k]; i <= entry_last[k]; i++)
		queue_line[++queued] = i == entry_index[k] ? "      \"index\": " rank "," : wanted[i]
}

# joined puts the queued lines together in the style of the file.
function joined(base,   i, text, outermost, out, levels) {
	match(queue_line[1], /^ */)
	outermost = RLENGTH
	for (i = 1; i <= queued; i++) {
		match(queue_line[i], /^ */)
		text = substr(queue_line[i], RLENGTH + 1)
		levels = (RLENGTH - outermost) / 2
		if (!pretty) {
			if (match(text, /^"([^"\\]|\\.)*": /))
				text = substr(text, 1, RLENGTH - 1) substr(text, RLENGTH + 1)
		} else if (i > 1) {
			out = out newline base
			while (levels-- > 0)
				out = out unit
		}
		out = out text
	}
	return out
}

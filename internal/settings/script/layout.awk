# Lays out what comes from the wanted document for the place in the file to which it goes.
# In: a piece, which is the number of a wanted entry, or list, session or model for a member. Out: its text.

# laid_out gives a piece for a line that is indented by base. An entry comes to stand at an index of the list, counted from 0.
function laid_out(piece, index_in_list, base,   k, i) {
	queued = 0
	if (piece == "list") {
		queue("  \"customModels\": [")
		for (k = 1; k <= wanted_entries; k++) {
			queue_entry(k, k - 1)
			queue_line[queued] = queue_line[queued] (k < wanted_entries ? "," : "")
		}
		queue("  ]")
	} else if (piece == "session") {
		for (i = session_line; i <= default_line + 1; i++) {
			queue(wanted[i])
		}
	} else if (piece == "model") {
		queue(wanted[default_line])
	} else {
		queue_entry(piece, index_in_list)
	}
	return joined(base)
}

function queue(line) {
	queue_line[++queued] = line
}

function queue_entry(k, index_in_list,   i) {
	for (i = entry_first[k]; i <= entry_last[k]; i++) {
		queue(i == entry_index[k] ? "      \"index\": " index_in_list "," : wanted[i])
	}
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
			if (match(text, /^"([^"\\]|\\.)*": /)) {
				text = substr(text, 1, RLENGTH - 1) substr(text, RLENGTH + 1)
			}
		} else if (i > 1) {
			out = out newline base
			while (levels-- > 0) {
				out = out unit
			}
		}
		out = out text
	}
	return out
}

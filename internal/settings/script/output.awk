# Writes the new file and says what was done.
# In: document, for a file that is new; otherwise the records and the edits. Out: merge_output, and the answer.

function write_new() {
	if (!entries)
		answer("same no models" warnings)
	put(document)
	counted["added"] = entries
	written()
}

function write_merged(   i, copied) {
	if (!edits)
		answer("same up to date, models: " entries + 0 warnings)
	sort_edits()
	for (i = 1; i <= edits; i++) {
		# An edit inside another one has no effect.
		if (edit_from[i] >= copied) {
			copy(copied + 0, edit_from[i])
			put(edit_text[i])
			copied = edit_end[i]
		}
	}
	copy(copied, size)
	written()
}

# sort_edits puts the edits in the order of the file. Edits at the same place keep the order in which they were made.
function sort_edits(   i, j, from, end, text) {
	for (i = 2; i <= edits; i++) {
		from = edit_from[i]
		end = edit_end[i]
		text = edit_text[i]
		for (j = i - 1; j > 0 && edit_from[j] > from; j--) {
			edit_from[j + 1] = edit_from[j]
			edit_end[j + 1] = edit_end[j]
			edit_text[j + 1] = edit_text[j]
		}
		edit_from[j + 1] = from
		edit_end[j + 1] = end
		edit_text[j + 1] = text
	}
}

# copy writes a stretch of the file as it is.
function copy(from, end,   i, stop) {
	for (i = record_at(from); from < end; i++) {
		stop = starts[i] + length(record[i])
		if (from == starts[i] && stop < end) {
			put(record[i] "\"")
			from = stop + 1
		} else {
			put(file_text(from, end <= stop ? end : stop + 1))
			from = end <= stop ? end : stop + 1
		}
	}
}

function put(text) {
	printf "%s", text > ENVIRON["merge_output"]
	bytes_written += length(text)
}

function written(   text) {
	close(ENVIRON["merge_output"])
	text = told("added") told("updated") told("removed")
	answer("write " bytes_written " " (text == "" ? "default model changed" : "models: " substr(text, 3)) warnings)
}

function told(what) {
	return counted[what] > 0 ? ", " counted[what] " " what : ""
}

# Writes the new file and says what was done.
# In: document, for a file that is new; otherwise the file and the edits. Out: merge_output, and the answer.

BEGIN {
	new_file = ENVIRON["merge_output"]
	kept = "models left as they are: their list could not be had when the workspace was built"
}

function write_new() {
	if (!whole && !entries && !settings && !tunings)
		answer("same " (keep ? kept : "no models, nothing to do") warnings)
	put(document)
	counted["added"] = entries
	written()
}

function write_merged(   i, copied) {
	if (!edits)
		answer("same " (keep ? kept : "up to date, models: " entries + 0) warnings)
	for (i = 1; i <= edits; i++) {
		# An edit inside another one has no effect.
		if (edit_from[i] >= copied) {
			file_text(copied + 0, edit_from[i], 1)
			put(edit_text[i])
			copied = edit_end[i]
		}
	}
	file_text(copied, size, 1)
	written()
}

function put(text) {
	printf "%s", text > new_file
	last_put = text
	bytes_written += length(text)
}

function written(   text) {
	close(new_file)
	if (ENVIRON["merge_check"] != "" && !complete())
		answer("short")
	text = told("added") told("updated") told("removed")
	if (whole)
		answer("write " bytes_written " written, models: " entries + 0 warnings)
	answer("write " bytes_written " " (text == "" ? (settings + tunings ? "settings changed" : "default model changed") : "models: " substr(text, 3)) (keep ? "; other " kept : "") warnings)
}

function told(what) {
	return counted[what] > 0 ? ", " counted[what] " " what : ""
}

# complete tells whether the new file has all that was put into it. Each record is counted with the separator after it. The last record
# has none, because the file does not end with that character.
function complete(   line, n) {
	RS = last_put ~ /"$/ ? "\n" : "\""
	while ((getline line < new_file) > 0)
		n += length(line) + 1
	return n == bytes_written + 1
}

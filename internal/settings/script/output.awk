# Writes the new file and says what was done.
# In: document, for a file that is new; otherwise the records and the edits. Out: merge_output, and the answer.

BEGIN {
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
	printf "%s", text > ENVIRON["merge_output"]
	bytes_written += length(text)
}

function written(   text) {
	close(ENVIRON["merge_output"])
	text = told("added") told("updated") told("removed")
	if (whole)
		answer("write " bytes_written " written, models: " entries + 0 warnings)
	answer("write " bytes_written " " (text == "" ? (settings + tunings ? "settings changed" : "default model changed") : "models: " substr(text, 3)) (keep ? "; other " kept : "") warnings)
}

function told(what) {
	return counted[what] > 0 ? ", " counted[what] " " what : ""
}

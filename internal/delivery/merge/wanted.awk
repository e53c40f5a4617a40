# What is wanted in the file. In: merge_wanted, whose first line is the default model as JSON, null for none. A line
# with an id begins an entry, and its text follows, indented by two spaces a level. In a large text, an equals sign and
# a number stand for an earlier line. Out: default_model, as JSON or empty; entries, how many there are; of entry k its
# id in entry_id[k], and its text before and after the number of its place in before_index[k] and after_index[k]; and
# entry_of[id], which is k.

function read_wanted(   n, i, line, lines) {
	n = split(ENVIRON["merge_wanted"], lines, "\n")
	default_model = lines[1] == "null" ? "" : lines[1]
	for (i = 2; i <= n; i++) {
		# mawk crashes on a string as the index of what split made.
		if (lines[i] ~ /^=/)
			lines[i] = lines[substr(lines[i], 2) + 0]
		line = lines[i]
		if (line ~ /^custom:/) {
			entry_id[++entries] = line
			entry_of[line] = entries
		} else if (line == "  \"index\": 0,") {
			before_index[entries] = after_index[entries] "\n  \"index\": "
			after_index[entries] = ","
		} else {
			after_index[entries] = after_index[entries] (line == "{" ? "" : "\n") line
		}
	}
}

# entry gives the text of entry k at a place in the list, which counts from 0.
function entry(k, place) { return before_index[k] place after_index[k] }

# list_piece and session_piece give the members of the root that are missing.
function list_piece(   k, text) {
	for (k = 1; k <= entries; k++) {
		text = entry(k, k - 1)
		gsub(/\n/, "\n  ", text)
		grow("list", (k > 1 ? ",\n  " : "\n  ") text)
	}
	return "\"customModels\": [" grown("list") "\n]"
}

function session_piece() {
	return "\"sessionDefaultSettings\": {\n  \"model\": " default_model "\n}"
}

# The wanted document, as package droid renders it: indented by two spaces, one member a line.
# In: its resource's id, a colon, and the document in base64.
# Out: document, its text; and wanted[1] to wanted[wanted_lines], its lines. entries is the number of entries. Entry k is the lines
# from entry_first[k] to entry_last[k]. Its id is entry_id[k], its index is on line entry_index[k], and entry_of[id] is k.
# sessionDefaultSettings begins on session_line, and the default model is on default_line; default_model is its id. All three are
# empty if no default model is wanted. warnings has a line for each variable that an apiKey refers to and that has no value.

BEGIN {
	for (i = 0; i < 64; i++)
		digit[substr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", i + 1, 1)] = i
}

# decode decodes base64. byte[0] is empty, so padding adds nothing. It works in short pieces, as parse does.
function decode(text,   piece, i, k, number, out) {
	sub(/^[^:]*:/, "", text)
	if (length(text) % 4 || text !~ /^[A-Za-z0-9+\/]+=?=?$/)
		answer("document it is not base64")
	for (; text != ""; text = substr(text, 513)) {
		piece = substr(text, 1, 512)
		out = ""
		for (i = 1; i < length(piece); i += 4) {
			for (number = k = 0; k < 4; k++)
				number = number * 64 + digit[substr(piece, i + k, 1)]
			out = out byte[int(number / 65536)] byte[int(number / 256) % 256] byte[number % 256]
		}
		document = document out
	}
}

function read_wanted(   i, line) {
	wanted_lines = split(document, wanted, "\n")
	if (wanted[1] != "{" || wanted[2] !~ /^  "customModels": \[(\],?)?$/ || wanted[wanted_lines] != "}")
		answer("document it is not a settings document")
	for (i = 2; i < wanted_lines; i++) {
		line = wanted[i]
		if (line == "    {") {
			entry_first[++entries] = i
		} else if (line == "    }" || line == "    },") {
			wanted[i] = "    }"
			entry_last[entries] = i
		} else if (index(line, "      \"id\": ") == 1) {
			entry_id[entries] = line_string(line)
			entry_of[entry_id[entries]] = entries
		} else if (index(line, "      \"index\": ") == 1) {
			entry_index[entries] = i
		} else if (index(line, "      \"apiKey\": ") == 1) {
			warn_of_unset(line)
		} else if (line == "  \"sessionDefaultSettings\": {") {
			session_line = i
		} else if (index(line, "    \"model\": ") == 1) {
			default_line = i
			default_model = line_string(line)
		}
	}
}

# line_value gives the value on a line. line_string gives the text of a value that is a string.
function line_value(line) {
	sub(/^ *"[^"]*": /, "", line)
	sub(/,$/, "", line)
	return line
}

function line_string(line) {
	line = line_value(line)
	return unescaped(substr(line, 2, length(line) - 2))
}

# warn_of_unset notes each variable that a key refers to and that has no value. Droid would send the reference itself.
function warn_of_unset(line,   name) {
	while (match(line, /\$\{[A-Za-z_][A-Za-z0-9_]*\}/)) {
		name = substr(line, RSTART + 2, RLENGTH - 3)
		line = substr(line, RSTART + RLENGTH)
		if (ENVIRON[name] == "" && !(name in warned)) {
			warned[name] = 1
			warnings = warnings "\nunset " name
		}
	}
}

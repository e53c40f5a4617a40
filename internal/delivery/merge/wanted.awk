# The wanted document, as package droid renders it: indented by two spaces, one member a line.
# In: its resource's id, a colon, perhaps the word keep and a colon, and the document in base64. In a large document, an equals sign and
# a number stand for an earlier line.
# Out: keep, which tells whether our entries that are not wanted stay; document, its text; wanted, its lines; and where its pieces
# are: a piece is the lines from first_line[piece] to last_line[piece]. An entry goes by its number, from 1 to entries. A member goes by its indented key, such as LIST. entry_id[k] is
# the id of entry k, its index is on line index_line[k], and entry_of[id] is k. default_model is the id of the wanted default model,
# or empty. setting[1] to setting[settings] are the other members of the root, and tuning[1] to tuning[tunings] those of
# sessionDefaultSettings. warnings has a line for each variable that an apiKey refers to and that has no value.

BEGIN {
	LIST = "  \"customModels\""
	SESSION = "  \"sessionDefaultSettings\""
	MODEL = "    \"model\""
	for (i = 0; i < 64; i++)
		digit[substr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", i + 1, 1)] = i
}

# decode decodes base64. byte[0] is empty, so padding adds nothing. It works in short pieces, as parse does.
function decode(text,   piece, i, k, number, out) {
	sub(/^[^:]*:/, "", text)
	keep = sub(/^keep:/, "", text)
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

function read_wanted(   i, n, line, piece, part, name) {
	n = split(document, wanted, "\n")
	document = ""
	for (i = 1; i <= n; i++) {
		# mawk crashes on a string as the index of what split made.
		if (sub(/^=/, "", wanted[i]))
			wanted[i] = wanted[wanted[i] + 0]
		document = document (i > 1 ? "\n" : "") wanted[i]
	}
	if (wanted[1] != "{" || wanted[2] !~ /^  "customModels": \[(\],?)?$/ || wanted[n] != "}")
		answer("document it is not a settings document")
	for (i = 2; i < n; i++) {
		line = wanted[i]
		match(line, /^ *("([^"\\]|\\.)*")?/)
		name = substr(line, 1, RLENGTH)
		if (name ~ /^  "/) {
			piece = name
			first_line[piece] = i
			if (piece != LIST && piece != SESSION)
				setting[++settings] = piece
		}
		if (line ~ /^  [^ ]/)
			last_line[piece] = i
		if (piece == SESSION && line ~ /^    [^ ]/) {
			if (name == MODEL) {
				default_model = line_string(line)
			} else if (name ~ /"/) {
				tuning[++tunings] = name
			}
			if (name ~ /"/)
				first_line[part = name] = i
			last_line[part] = i
		}
		if (piece != LIST)
			continue
		if (line == "    {") {
			first_line[++entries] = i
		} else if (line ~ /^    }/) {
			last_line[entries] = i
		} else if (name == "      \"id\"") {
			entry_id[entries] = line_string(line)
			entry_of[entry_id[entries]] = entries
		} else if (name == "      \"index\"") {
			index_line[entries] = i
		} else if (name == "      \"apiKey\"") {
			warn_of_unset(line)
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

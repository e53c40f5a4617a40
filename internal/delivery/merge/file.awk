# The file, and how to get at its text.
# In: the records, in their order. Out: chunk[0] to chunk[chunks], the file in pieces of CHUNK bytes, and size, how many bytes it has.
# Offsets are bytes and count from 0.
#
# rest is the text that is not in a chunk yet. Chunks are short, because in some awks substr takes longer on a longer string.

BEGIN {
	CHUNK = 1024
	nul = sprintf("%c", 0)
	for (i = 1; i < 256; i++)
		byte[i] = sprintf("%c", i)
}

# store puts what is in rest into chunks, but for the end of it.
function store(   i, n) {
	if (nul != "" && index(rest, nul))
		nul_found = 1
	n = length(rest)
	for (i = 1; i + CHUNK <= n; i += CHUNK)
		chunk[chunks++] = substr(rest, i, CHUNK)
	rest = substr(rest, i)
}

# end_file reads what is left of the file, and makes sure that it was read as it is. Awk hides a quote at the end of the file. Some awks
# end a string or a record at a NUL; then the number of quotes is wrong.
function end_file(   line, quotes) {
	if (size != "")
		return
	quotes = NR ? NR - 1 : 0
	while (!at_end && (getline line) > 0) {
		rest = rest "\"" line
		quotes++
		store()
	}
	hidden_quote = CHUNK * chunks + length(rest) + 1 == ENVIRON["merge_size"]
	if (hidden_quote) {
		rest = rest "\""
		quotes++
	}
	store()
	chunk[chunks + 0] = rest
	size = CHUNK * chunks + length(rest)
	if (nul == "") {
		RS = ","
		while ((getline line < ENVIRON["merge_input"]) > 0)
			quotes -= gsub(/"/, "", line)
		nul_found = quotes != 0
	}
	if (nul_found || size != ENVIRON["merge_size"])
		answer("nul")
}

# file_text gives the text from one offset up to another, which is not included. With output it writes the text instead.
function file_text(from, end, output,   i, text, part, stop) {
	text = ""
	for (; from < end; from = stop) {
		i = int(from / CHUNK)
		stop = CHUNK * (i + 1) < end ? CHUNK * (i + 1) : end
		part = substr(chunk[i], from - CHUNK * i + 1, stop - from)
		if (output) {
			put(part)
		} else {
			text = text part
		}
	}
	return text
}

# line_start gives the offset at which a line begins, for an offset in that line.
function line_start(at,   i, text, parts, n) {
	i = int(at / CHUNK)
	text = substr(chunk[i], 1, at - CHUNK * i)
	while (i > 0 && !index(text, "\n"))
		text = chunk[--i]
	n = split(text, parts, "\n")
	return n > 1 ? CHUNK * i + length(text) - length(parts[n]) : 0
}

# refuse ends the run, because Droid could not use the file.
function refuse(at, why,   i, lines, parts) {
	end_file()
	for (i = 0; CHUNK * i < at; i++)
		lines += split("x" substr(chunk[i], 1, at - CHUNK * i), parts, "\n") - 1
	answer("refuse " (lines + 1) ":" (at - line_start(at) + 1) ": " why)
}

# answer ends the run.
function answer(text) {
	print text
	answered = 1
	exit 0
}

# The file as records, and how to get at its text.
# In: record[1] to record[records]; starts[i], the offset of record i; and size, which is one too large if the file does not end
# with a quote. Out: the same, corrected. Offsets are bytes and count from 0.

# check_records makes sure that the records are the whole file. Awk hides a quote at the end of the file. Some awks end a string or
# a record at a NUL; then the number of quotes is wrong.
function check_records(   line, parts, quotes) {
	if (size-- == ENVIRON["merge_size"]) {
		record[++records] = ""
		size++
	}
	if (nul == "") {
		RS = "\n"
		while ((getline line < ENVIRON["merge_input"]) > 0)
			quotes += split(line, parts, "\"") - (line != "")
		nul_found = quotes != records - 1
	}
	if (nul_found || size != ENVIRON["merge_size"])
		answer("nul")
}

# find gives the last child of node c that begins at an offset or before it, and 0 if there is none. For node 0 it gives the record
# that holds an offset, or that has its closing quote there.
function find(c, at,   low, high, i) {
	low = 0
	high = c ? children[c] : records
	while (low < high) {
		i = int((low + high + 1) / 2)
		if ((c ? child_start[c, i] : starts[i]) <= at) {
			low = i
		} else {
			high = i - 1
		}
	}
	return low
}

# file_text gives the text from one offset up to another, which is not included. With output it writes the text instead.
function file_text(from, end, output,   i, text, part, stop) {
	text = ""
	for (i = find(0, from); from < end; i++) {
		stop = starts[i + 1] < end ? starts[i + 1] : end
		part = substr(record[i] "\"", from - starts[i] + 1, stop - from)
		if (output) {
			put(part)
		} else {
			text = text part
		}
		from = stop
	}
	return text
}

# line_start gives the offset at which a line begins, for an offset in that line.
function line_start(at,   i, text, parts, n) {
	i = find(0, at)
	text = substr(record[i], 1, at - starts[i])
	while (i > 1 && !index(text, "\n"))
		text = record[--i]
	n = split(text, parts, "\n")
	return n > 1 ? starts[i] + length(text) - length(parts[n]) : 0
}

# refuse ends the run, because Droid could not use the file.
function refuse(at, why,   i, lines, parts) {
	for (i = 1; i <= records && starts[i] < at; i++)
		lines += split("x" substr(record[i], 1, at - starts[i]), parts, "\n") - 1
	answer("refuse " (lines + 1) ":" (at - line_start(at) + 1) ": " why)
}

# answer ends the run.
function answer(text) {
	print text
	exit 0
}

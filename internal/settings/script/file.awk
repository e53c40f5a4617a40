# The file as records, and how to get at its text.
# In: record[1] to record[records]; and size, which is one too large if the file does not end with a quote.
# Out: the same, corrected. parse sets starts[i], the offset of record i. Offsets are bytes and count from 0.

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

# record_at gives the record that holds an offset, or that has its closing quote there.
function record_at(at,   low, high, middle) {
	low = 1
	high = records
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (starts[middle] <= at) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

# file_text gives the text from one offset up to another, which is not included.
function file_text(from, end,   i, text, stop) {
	text = ""
	for (i = record_at(from); from < end; i++) {
		stop = starts[i] + length(record[i])
		if (from < stop) {
			text = text substr(record[i], from - starts[i] + 1, (end < stop ? end : stop) - from)
			from = end < stop ? end : stop
		}
		if (from < end) {
			text = text "\""
			from++
		}
	}
	return text
}

# line_start gives the offset at which a line begins, for an offset in that line.
function line_start(at,   i, text, parts, n) {
	i = record_at(at)
	text = substr(record[i], 1, at - starts[i])
	while (i > 1 && !index(text, "\n"))
		text = record[--i]
	n = split(text, parts, "\n")
	return n > 1 ? starts[i] + length(text) - length(parts[n]) : 0
}

# refuse ends the run, because Droid could not use the file.
function refuse(at, why,   i, n, lines, last, text, parts) {
	last = -1
	for (i = 1; i in starts && starts[i] < at; i++) {
		text = substr(record[i], 1, at - starts[i])
		n = split(text, parts, "\n")
		if (n > 1) {
			lines += n - 1
			last = starts[i] + length(text) - length(parts[n]) - 1
		}
	}
	answer("refuse " (lines + 1) ":" (at - last) ": " why)
}

# answer ends the run.
function answer(text) {
	print text
	exit 0
}

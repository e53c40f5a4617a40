# The file as records, and how to get at its text.
# In: record[1] to record[records]; and size, which is one too large where the file does not end with a quote.
# Out: the same, corrected. parse sets starts[i], the offset of record i. Offsets are bytes and count from 0.

# check_records sees to it that the records are the file. Awk hides a quote at its end, and some awks end a string or a record
# at a NUL: with those the number of quotes is wrong.
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

# record_at gives the record that an offset is in, or whose closing quote it is.
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

# file_text is the text from one offset to before another.
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

# line_start is the offset at which the line of another begins.
function line_start(at,   i, text, parts, n) {
	i = record_at(at)
	text = substr(record[i], 1, at - starts[i])
	while (i > 1 && !index(text, "\n"))
		text = record[--i]
	n = split(text, parts, "\n")
	return n > 1 ? starts[i] + length(text) - length(parts[n]) : 0
}

# refuse ends the run: the file is one that Droid could not use.
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

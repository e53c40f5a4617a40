# The file as records, and how to get at its text.
# In: record[1] to record[records], and size, which counts one byte too many where the file does not end with a quote.
# Out: the same, complete. record_start[i] is set by parse: the offset of a record. Offsets count from 0.

# check_records sees to it that the records are the file. Awk hides a quote at its end, and some awks end a string or a record
# at a NUL: with those the number of quotes is wrong.
function check_records(   line, parts, quotes) {
	if (size == ENVIRON["merge_size"]) {
		record[++records] = ""
	} else {
		size--
	}
	if (nul == "") {
		RS = "\n"
		while ((getline line < ENVIRON["merge_input"]) > 0) {
			quotes += split(line, parts, "\"") - (line != "")
		}
		nul_found = quotes != records - 1
	}
	if (nul_found || size != ENVIRON["merge_size"]) {
		answer("refuse 0:0: NUL byte")
	}
}

# blank tells whether the file has nothing but white space.
function blank() {
	return records == 1 && record[1] !~ /[^ \t\r\n]/
}

# record_at gives the record that an offset is in, or whose closing quote it is.
function record_at(offset,   low, high, middle) {
	low = 1
	high = records
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (record_start[middle] <= offset) {
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
		stop = record_start[i] + length(record[i])
		if (from < stop) {
			text = text substr(record[i], from - record_start[i] + 1, (end < stop ? end : stop) - from)
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
function line_start(offset,   i, text, parts, n) {
	i = record_at(offset)
	text = substr(record[i], 1, offset - record_start[i])
	while (i > 1 && !index(text, "\n")) {
		text = record[--i]
	}
	n = split(text, parts, "\n")
	return n > 1 ? record_start[i] + length(text) - length(parts[n]) : 0
}

# indentation is the white space that a line begins with, as far as an offset in it.
function indentation(line, offset,   i, text) {
	i = record_at(line)
	text = substr(record[i], line - record_start[i] + 1, offset - line)
	match(text, /^[ \t]*/)
	return substr(text, 1, RLENGTH)
}

# refuse ends the run: the file is one that Droid could not use.
function refuse(offset, why,   i, n, lines, last, text, parts) {
	last = -1
	for (i = 1; i in record_start && record_start[i] < offset; i++) {
		text = offset - record_start[i] < length(record[i]) ? substr(record[i], 1, offset - record_start[i]) : record[i]
		n = split(text, parts, "\n")
		if (n > 1) {
			lines += n - 1
			last = record_start[i] + length(text) - length(parts[n]) - 1
		}
	}
	answer("refuse " (lines + 1) ":" (offset - last) ": " why)
}

# answer ends the run.
function answer(text) {
	print text
	exit 0
}

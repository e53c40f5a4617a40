# Refuses what Droid refuses to read.
# In: the tokens. Out: partner[i], the closing bracket of the opening bracket i; or a refusal.
#
# expected says what may come next:
#   "value"        after a colon, and at the start of the file
#   "first value"  in an array; or its end
#   "next value"   in an array, after a comma
#   "first key"    in an object; or its end
#   "next key"     in an object, after a comma
#   "colon"
#   "comma"        or the end of what is open
#   "nothing"      after the end
#
# nesting is how deep the file nests. Droid's reader runs out of stack: it was seen to read 32,000 nested arrays or
# 16,000 nested objects, and no more. So an object counts twice.

function check_grammar(   i, c, depth, opened, nesting) {
	expected = "value"
	for (i = 1; i <= tokens; i++) {
		c = substr(token[i], 1, 1)
		if (c == "," && expected == "comma") {
			expected = token[opened[depth]] == "{" ? "next key" : "next value"
		} else if (c == ":" && expected == "colon") {
			expected = "value"
		} else if (c == "\"" && index(expected, "key")) {
			check_string(i)
			expected = "colon"
		} else if (index(expected, "value") && (index("{[\"", c) || index(WORD, c))) {
			if (!depth && c != "{")
				refuse(i, 0, "the settings are not an object")
			expected = "comma"
			if (c == "{" || c == "[") {
				opened[++depth] = i
				nesting += c == "{" ? 2 : 1
				if (nesting > 33000)
					refuse(i, 0, "nested too deeply for Droid")
				expected = c == "{" ? "first key" : "first value"
			} else if (c == "\"") {
				check_string(i)
			} else if (token[i] !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) {
				refuse(i, 0, "invalid value")
			}
		} else if (depth && index("]}", c) && index("{}[]", token[opened[depth]] c)) {
			if (index(expected, "next"))
				refuse(i, 0, "trailing comma")
			if (expected !~ /^(comma|first)/)
				unexpected(i)
			partner[opened[depth]] = i
			nesting -= c == "}" ? 2 : 1
			expected = --depth ? "comma" : "nothing"
		} else {
			unexpected(i)
		}
	}
	if (open_comment)
		refuse(i, 0, "comment is not closed")
	if (expected != "nothing")
		refuse(i, 0, "unexpected end of file")
}

function check_string(i) {
	if (i in fault)
		refuse(i, fault_at[i], fault[i])
	if (open_string && i == tokens)
		refuse(i + 1, 0, "unexpected end of file")
}

function unexpected(i) {
	if (i == 1 && space[1] == "" && token[1] token[2] token[3] == "\357\273\277")
		refuse(i, 0, "byte order mark")
	refuse(i, 0, expected == "nothing" ? "text after the end" : "unexpected character")
}

# refuse ends the run, because Droid could not use the file. The fault is in token i, after some of its characters.
function refuse(i, after, why,   j, n, line, column, parts) {
	line = column = 1
	for (j = 1; j <= i; j++) {
		n = split(space[j], parts, "\n")
		if (n > 1) {
			line += n - 1
			column = 1
		}
		column += length(parts[n]) + (j < i ? length(token[j]) : after)
	}
	answer("refuse " line ":" column ": " why)
}

# answer ends the run.
function answer(text) {
	print text
	exit 0
}

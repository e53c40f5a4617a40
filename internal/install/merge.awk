# Merges the wanted document into a settings file, by the rules of package settings, byte for byte. The file comes on
# standard input; the rest comes in variables of the environment:
#   f_mode      merge, or probe: only say "models" when the file has customModels
#   f_variable  name of the variable that holds the wanted document in base64
#   f_prefix    what ids of ours begin with
#   f_in, f_size  the file again, and its size in bytes by wc
#   f_out       file to write the result to
#   f_strict    not empty for a system-managed file, in which Droid takes no incomplete entry
# It prints a line for the shell: "write SIZE WHAT", "same WHAT" or "refuse LINE:COLUMN: WHY" or "document WHY", then a line
# "unset NAME" for each variable that a key refers to and that is not set.
#
# A record ends at a quote, so that records are in turn what is between strings and what is in them, and none is long
# unless its text is. Of some awks substr takes as long as its string: longer records are halved before they are read
# byte by byte. Runs with LC_ALL=C: all lengths are bytes.

BEGIN {
	RS = "\""
	VALUE = 1; FIRST = 2; NEXT = 3; MEMBERS = 4; KEY_ = 5; COLON = 6; AFTER = 7; DONE = 8
	for (i = 1; i < 256; i++) {
		chr[i] = sprintf("%c", i)
	}
	for (i = 0; i < 64; i++) {
		digit[substr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", i + 1, 1)] = i
	}
	control = "[" chr[1] "-" chr[31] "]"
	escape["b"] = "\b"; escape["f"] = "\f"; escape["n"] = "\n"; escape["r"] = "\r"; escape["t"] = "\t"
	escape["\""] = "\""; escape["\\"] = "\\"; escape["/"] = "/"
}

{ R[++records] = $0; size += length($0) + 1 }

END {
	whole()
	if (ENVIRON["f_mode"] == "probe") {
		parse()
		report(find(1, "customModels") ? "models" : "none")
	}
	document(decoded(ENVIRON[ENVIRON["f_variable"]]))
	prefix = ENVIRON["f_prefix"]
	goal = ENVIRON["f_out"]
	if (blank()) {
		fresh()
	}
	parse()
	check()
	style()
	merge()
	finish()
}

# whole sees to it that the records are the file: awk hides a quote at its end, and some awks end a string or a record at a
# NUL. The latter shows in the number of quotes.
function whole(   i, nul, text, part, quotes) {
	if (size == ENVIRON["f_size"]) {
		R[++records] = ""
	} else {
		size--
	}
	nul = sprintf("%c", 0)
	for (i = 1; i <= records && nul != ""; i++) {
		if (index(R[i], nul)) {
			size = -1
		}
	}
	if (nul == "") {
		RS = "\n"
		while ((getline text < ENVIRON["f_in"]) > 0) {
			quotes += split(text, part, "\"") - (text != "")
		}
		if (quotes != records - 1) {
			size = -1
		}
	}
	if (size != ENVIRON["f_size"]) {
		report("refuse 0:0: NUL byte")
	}
}

function report(line) {
	print line
	exit 0
}

function refuse(at, why,   i, n, lines, last, text, part) {
	last = -1
	for (i = 1; i in O && O[i] < at; i++) {
		text = at - O[i] < length(R[i]) ? substr(R[i], 1, at - O[i]) : R[i]
		n = split(text, part, "\n")
		if (n > 1) {
			lines += n - 1
			last = O[i] + length(text) - length(part[n]) - 1
		}
	}
	report("refuse " (lines + 1) ":" (at - last) ": " why)
}

# --- the wanted document -----------------------------------------------------------------------------------------

# decoded undoes base64. A NUL comes out as nothing, which is what padding has to become.
function decoded(text) {
	if (length(text) % 4 || text !~ /^[A-Za-z0-9+\/]+=?=?$/) {
		report("document it is not base64")
	}
	base64(text)
	return bytes
}

function base64(text,   i, k, half, n, out) {
	if (length(text) > 512) {
		half = int(length(text) / 8) * 4
		base64(substr(text, 1, half))
		base64(substr(text, half + 1))
		return
	}
	for (i = 1; i < length(text); i += 4) {
		for (n = k = 0; k < 4; k++) {
			n = n * 64 + digit[substr(text, i + k, 1)]
		}
		out = out chr[int(n / 65536)] chr[int(n / 256) % 256] chr[n % 256]
	}
	bytes = bytes out
}

# document takes the wanted document apart by lines: L holds them, entry k is lines from[k] to to[k].
function document(text,   i, line) {
	n = split(text, L, "\n")
	if (L[1] != "{" || L[2] !~ /^  "customModels": \[(\],?)?$/ || L[n] != "}") {
		report("document it is not a settings document")
	}
	for (i = 2; i < n; i++) {
		line = L[i]
		if (line == "    {") {
			from[++wanted] = i
		} else if (line == "    }" || line == "    },") {
			L[i] = "    }"
			to[wanted] = i
			id[wanted] = unescaped(value(L[from[wanted] + 2]))
			entry[id[wanted]] = wanted
		} else if (line == "  \"sessionDefaultSettings\": {") {
			session = i
			preset = unescaped(value(L[i + 1]))
		} else if (line ~ /^      "apiKey": /) {
			variables(line)
		}
	}
}

# value is the text of a string on a line of its own.
function value(line) {
	sub(/^ *"[^"]*": "/, "", line)
	sub(/",?$/, "", line)
	return line
}

# variables notes which variables a key refers to that have no value: Droid would send the reference itself.
function variables(line,   name) {
	while (match(line, /\$\{[A-Za-z_][A-Za-z0-9_]*\}/)) {
		name = substr(line, RSTART + 2, RLENGTH - 3)
		line = substr(line, RSTART + RLENGTH)
		if (ENVIRON[name] == "" && !(name in unset)) {
			unset[name] = 1
			warnings = warnings "\nunset " name
		}
	}
}

# unescaped gives the text of a string. What our own keys and ids never hold, all being ASCII, becomes a byte that no text has.
function unescaped(text,   part, n, i, c, out) {
	n = split(text, part, /\\/)
	out = part[1]
	for (i = 2; i <= n; i++) {
		c = substr(part[i], 1, 1)
		if (c == "") {
			out = out "\\" part[++i]
		} else if (c == "u") {
			c = part[i] ~ /^u00[2-7]/ ? index("0123456789abcdef", tolower(substr(part[i], 5, 1))) - 1 + 16 * substr(part[i], 4, 1) : 255
			out = out chr[c] substr(part[i], 6)
		} else {
			out = out escape[c] substr(part[i], 2)
		}
	}
	return out
}

# blank tells whether the file has nothing but white space.
function blank() {
	return records == 1 && R[1] !~ /[^ \t\r\n]/
}

# fresh makes a new file.
function fresh(   i, text) {
	if (!wanted) {
		report("same no models" warnings)
	}
	for (i = 1; i <= n; i++) {
		put(L[i] (L[i] == "    }" && L[i + 1] == "    {" ? "," : "") (i < n ? "\n" : ""))
	}
	close(goal)
	count["added"] = wanted
	report("write " written " " tally() warnings)
}

# --- reading the file --------------------------------------------------------------------------------------------
#
# state says what may come: a VALUE, the FIRST value or the end of an array, the NEXT value after a comma, MEMBERS or the end
# of an object, a KEY_ after a comma, a COLON, what comes AFTER a value, or nothing as all is DONE. lex says in what the reading
# is: 0 nothing, 1 after a slash, 2 line comment, 3 block comment, 4 block comment after a star, 5 word.
#
# Of the containers that the merge looks at (the root, lists customModels, sessionDefaultSettings) the children are kept
# under the container's number: KS where a child starts, KV its value, KE where it ends, KC the comma after it, KG where the
# white space before it begins, KL whether this ends a line comment, KT the value's type, KK the key, KX a string's text or a
# container's number, KI the id in an entry, KF 111 for one that is complete, KP where a provider stands that Droid chokes on.

function parse(   i) {
	if (substr(R[1], 1, 3) == chr[239] chr[187] chr[191]) {
		refuse(0, "byte order mark")
	}
	state = VALUE
	at = depth = lex = gap = gapline = containers = 0
	for (i = 1; i <= records; i++) {
		O[i] = at
		if (inside) {
			within(R[i])
		} else if (!(lex == 2 && R[i] !~ /[\r\n]/ || lex == 3 && !index(R[i], "*"))) {
			halve(R[i], at, 0)
		}
		at += length(R[i])
		if (i < records) {
			quote()
			at++
		}
	}
	if (inside) {
		refuse(at, "unexpected end of file")
	}
	if (lex == 1) {
		refuse(slash, "unexpected character")
	}
	if (lex == 3 || lex == 4) {
		refuse(slash, "comment is not closed")
	}
	if (lex == 5) {
		word_end(at)
	}
	if (state != DONE) {
		refuse(at, "unexpected end of file")
	}
}

# halve reads a stretch in pieces that are short enough to be read byte by byte.
function halve(text, where, string,   half) {
	if (length(text) > 512) {
		half = int(length(text) / 2)
		halve(substr(text, 1, half), where, string)
		halve(substr(text, half + 1), where + half, string)
	} else if (string) {
		escapes(text, where)
	} else {
		between(text, where)
	}
}

# quote reads the quote at the current place.
function quote() {
	if (inside) {
		if (carry == "\\") {
			carry = ""
			keep_text("\"")
			return
		}
		if (carry != "") {
			refuse(at - length(carry), "invalid escape in a string")
		}
		inside = 0
		string_end(at + 1)
	} else if (lex == 1) {
		refuse(slash, "unexpected character")
	} else if (lex == 4) {
		lex = 3
	} else if (lex == 0 || lex == 5) {
		if (lex == 5) {
			word_end(at)
		}
		string_start()
	}
}

function string_start() {
	if (state == MEMBERS || state == KEY_) {
		name = 1
		child(at)
	} else {
		name = 0
		value_start("\"", at)
	}
	keep = name ? P[depth] != "" : P[depth] ~ /^[er]|^s$/ && KEY[depth] ~ /^(id|provider|model)$/
	inside = 1
	text = ""
}

function string_end(end) {
	if (name) {
		KEY[depth] = keep ? unescaped(text) : ""
		state = COLON
		gap = end
		gapline = 0
	} else {
		value_end("\"", end, keep ? unescaped(text) : "")
	}
}

# keep_text collects a string's text where it matters. What is longer than any id stays cut.
function keep_text(more) {
	if (keep && length(text) < 65536) {
		text = text more
	}
}

# within reads a part of a string, up to a quote.
function within(part) {
	keep_text(part)
	if (carry != "" || index(part, "\\") || part ~ control) {
		halve(part, at, 1)
	}
}

# escapes checks a short part of a string; carry is an escape that it ends in the middle of.
function escapes(part, where,   n, i, bad, piece, place, c) {
	where -= length(carry)
	part = carry part
	carry = ""
	bad = match(part, control) ? RSTART : 0
	n = split(part, piece, /\\/)
	place = length(piece[1]) + 1
	for (i = 2; i <= n; i++) {
		c = substr(piece[i], 1, 1)
		if (bad && bad < place) {
			break
		}
		if (c == "") {
			if (i == n) {
				carry = "\\"
			}
			place += 2 + length(piece[++i])
			continue
		}
		if (c == "u" && i == n && length(piece[i]) < 5 && piece[i] ~ /^u[0-9A-Fa-f]*$/) {
			carry = "\\" piece[i]
		} else if (c == "u" ? piece[i] !~ /^u[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]/ : !(c in escape)) {
			refuse(where + place - 1, "invalid escape in a string")
		}
		place += 1 + length(piece[i])
	}
	if (bad) {
		refuse(where + bad - 1, "control character in a string")
	}
}

# between reads a short stretch outside of strings.
function between(part, where,   i, n, c, m) {
	n = length(part)
	if (lex == 0) {
		c = part
		gsub(/[ \t\r\n]+/, "", c)
		if (c == "") {
			return
		}
		if (length(c) == 1 && index("{}[]:,", c)) {
			structure(c, where + index(part, c) - 1)
			return
		}
	}
	for (i = 1; i <= n; i++) {
		c = substr(part, i, 1)
		if (lex == 2) {
			m = match(substr(part, i), /[\r\n]/)
			if (!m) {
				return
			}
			i += m - 1
			lex = 0
			gap = where + i - 1
			gapline = 1
		} else if (lex == 3) {
			m = index(substr(part, i), "*")
			if (!m) {
				return
			}
			i += m - 1
			lex = 4
		} else if (lex == 4) {
			if (c == "/") {
				lex = 0
				gap = where + i
				gapline = 0
			} else if (c != "*") {
				lex = 3
			}
		} else if (lex == 1) {
			if (c != "/" && c != "*") {
				refuse(slash, "unexpected character")
			}
			lex = c == "/" ? 2 : 3
			if (state != COLON && state != VALUE) {
				commented[C[depth]] = 1
			}
		} else if (lex == 0 && index(" \n\t\r", c)) {
			continue
		} else if (lex == 0 && c == "/") {
			lex = 1
			slash = where + i - 1
		} else if (c ~ /[A-Za-z0-9+.-]/) {
			if (lex == 0) {
				value_start("w", where + i - 1)
				word = ""
				lex = 5
			}
			m = match(substr(part, i), /[^A-Za-z0-9+.-]/)
			word = word substr(part, i, m ? m - 1 : n)
			if (!m) {
				return
			}
			i += m - 2
			word_end(where + i)
		} else {
			if (lex == 5) {
				word_end(where + i - 1)
			}
			if (c == "/") {
				lex = 1
				slash = where + i - 1
			} else if (!index(" \n\t\r", c)) {
				structure(c, where + i - 1)
			}
		}
	}
}

function word_end(end) {
	lex = 0
	if (word !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) {
		refuse(end - length(word), "invalid value")
	}
	value_end("w", end, "")
}

# structure reads a byte that is not a part of a string, word or comment.
function structure(c, where) {
	if (c == "{" || c == "[") {
		value_start(c, where)
		open(c, where)
	} else if (c == "," && state == AFTER) {
		if (C[depth]) {
			KC[C[depth], CN[C[depth]]] = where
		}
		state = K[depth] == "{" ? KEY_ : NEXT
		gap = where + 1
		gapline = 0
	} else if (c == ":" && state == COLON) {
		state = VALUE
	} else if (c == "}" && K[depth] == "{" || c == "]" && K[depth] == "[") {
		if (state == KEY_ || state == NEXT) {
			refuse(where, "trailing comma")
		}
		if (state != AFTER && state != MEMBERS && state != FIRST) {
			unexpected(where)
		}
		shut(where)
	} else {
		unexpected(where)
	}
}

function unexpected(where) {
	refuse(where, state == DONE ? "text after the end" : "unexpected character")
}

function value_start(c, where) {
	if (state != VALUE && state != FIRST && state != NEXT) {
		unexpected(where)
	}
	if (!depth && c != "{") {
		refuse(where, "the settings are not an object")
	}
	if (state != VALUE) {
		child(where)
	}
	if (C[depth]) {
		KV[C[depth], CN[C[depth]]] = where
	}
	began = where
}

# child notes where an element or a member begins.
function child(where,   c, j) {
	if (c = C[depth]) {
		j = ++CN[c]
		KS[c, j] = where
		KG[c, j] = gap
		KL[c, j] = gapline
	}
}

function open(c, where,   place) {
	if (!depth) {
		place = "r"
	} else if (P[depth] == "m") {
		place = "e"
	} else if (P[depth] == "r" && KEY[depth] == "customModels") {
		place = "m"
	} else if (P[depth] == "r" && KEY[depth] == "sessionDefaultSettings") {
		place = "s"
	}
	P[++depth] = place
	K[depth] = c
	KEY[depth] = ""
	C[depth] = 0
	if (place == "e") {
		own = choke = has["model"] = has["baseUrl"] = has["provider"] = ""
	} else if (place != "") {
		C[depth] = ++containers
		CS[containers] = where
		CN[containers] = 0
	}
	state = c == "{" ? MEMBERS : FIRST
	gap = where + 1
	gapline = 0
}

function shut(where,   c) {
	c = C[depth]
	if (c) {
		CE[c] = where
		CG[c] = gap
		CL[c] = gapline
	}
	depth--
	if (P[depth + 1] == "e") {
		KI[C[depth], CN[C[depth]]] = own
		KP[C[depth], CN[C[depth]]] = choke
		KF[C[depth], CN[C[depth]]] = has["model"] has["baseUrl"] has["provider"]
	}
	value_end(K[depth + 1], where + 1, c)
}

function value_end(type, end, what,   c, j) {
	gap = end
	gapline = 0
	if (!depth) {
		state = DONE
		return
	}
	state = AFTER
	if (c = C[depth]) {
		j = CN[c]
		KE[c, j] = end
		KT[c, j] = type
		KK[c, j] = K[depth] == "{" ? KEY[depth] : ""
		KX[c, j] = what
	} else if (P[depth] == "e") {
		has[KEY[depth]] = type == "\"" ? 1 : ""
		if (KEY[depth] == "id") {
			own = type == "\"" ? what : ""
		} else if (KEY[depth] == "provider") {
			choke = type == "\"" && what !~ /^(anthropic|openai|generic-chat-completion-api)$/ ? began : ""
		}
	}
}

# find gives the number of the member that counts, of duplicate keys the last.
function find(c, key,   j) {
	for (j = c ? CN[c] : 0; j > 0; j--) {
		if (KK[c, j] == key) {
			return j
		}
	}
	return 0
}

# --- working out the edits ---------------------------------------------------------------------------------------

# check refuses what reads as JSON but what Droid would not use.
function check(   j, m) {
	models = find(1, "customModels")
	sessions = find(1, "sessionDefaultSettings")
	if (models && KT[1, models] != "[") {
		refuse(KV[1, models], "customModels is not an array")
	}
	list = models ? KX[1, models] : 0
	for (j = 1; list && j <= CN[list]; j++) {
		if (!mine(KI[list, j]) && KP[list, j] != "") {
			refuse(KP[list, j], "provider makes Droid drop every model")
		}
		if (!mine(KI[list, j]) && ENVIRON["f_strict"] != "" && KF[list, j] != 111) {
			refuse(KV[list, j], "entry without model, baseUrl or provider makes Droid drop every model")
		}
	}
	if (sessions && KT[1, sessions] != "{" && preset != "") {
		refuse(KV[1, sessions], "sessionDefaultSettings is not an object")
	}
	chosen = sessions && KT[1, sessions] == "{" ? KX[1, sessions] : 0
}

function mine(text) {
	return substr(text, 1, length(prefix)) == prefix
}

# style finds out how the file is laid out.
function style(   i, n, key, outer, inner) {
	newline = "\n"
	for (i = 1; i <= records && !(n = index(R[i], "\n")); i++) {
	}
	if (n > 1 && substr(R[i], n - 1, 1) == "\r") {
		newline = "\r\n"
	}
	unit = "  "
	pretty = !CN[1]
	if (!CN[1]) {
		return
	}
	for (i = record(CS[1]); i <= records && !pretty; i++) {
		n = index(O[i] < CS[1] ? substr(R[i], CS[1] - O[i] + 1) : R[i], "\n")
		if (n) {
			pretty = (O[i] < CS[1] ? CS[1] : O[i]) + n - 1 < CE[1]
			break
		}
	}
	if (pretty) {
		key = KS[1, 1]
		outer = lead(CS[1])
		inner = lead(key)
		if (line_start(key) > CS[1] && line_start(key) + length(inner) == key && length(inner) > length(outer) && substr(inner, 1, length(outer)) == outer) {
			unit = substr(inner, length(outer) + 1)
		}
	}
}

# record gives the record that a place is in, or whose closing quote it is.
function record(where,   low, high, middle) {
	low = 1
	high = records
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (O[middle] <= where) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

function slice(from, end,   i, text, stop) {
	text = ""
	for (i = record(from); from < end; i++) {
		stop = O[i] + length(R[i])
		if (from < stop) {
			text = text substr(R[i], from - O[i] + 1, (end < stop ? end : stop) - from)
			from = end < stop ? end : stop
		}
		if (from < end) {
			text = text "\""
			from++
		}
	}
	return text
}

# line is where the line of a place begins.
function line_start(where,   i, text, part, n) {
	i = record(where)
	text = substr(R[i], 1, where - O[i])
	while (i > 1 && !index(text, "\n")) {
		text = R[--i]
	}
	n = split(text, part, "\n")
	return n > 1 ? O[i] + length(text) - length(part[n]) : 0
}

# lead is the indentation that the line of a place comes to have. One that begins within an entry of ours, which is laid
# out anew, has that entry's.
function lead(where,   text, line, low, high, j) {
	for (line = line_start(where); list; line = line_start(where = KS[list, low])) {
		low = 0
		for (high = CN[list]; low < high;) {
			j = int((low + high + 1) / 2)
			if (KS[list, j] < line) {
				low = j
			} else {
				high = j - 1
			}
		}
		if (!low || KE[list, low] <= line || !mine(KI[list, low])) {
			break
		}
	}
	text = slice(line, where)
	match(text, /^[ \t]*/)
	return substr(text, 1, RLENGTH)
}

function edit(from, end, text) {
	ES[++edits] = from
	EE[edits] = end
	ET[edits] = text
}

# A piece is an entry's number, or "list", "session" or "model" for a member. index is an entry's place in the array.
function render(piece, place, base,   k, i) {
	lines = 0
	if (piece == "list") {
		queue("  \"customModels\": [")
		for (k = 1; k <= wanted; k++) {
			queue_entry(k, k - 1)
			Q[lines] = Q[lines] (k < wanted ? "," : "")
		}
		queue("  ]")
	} else if (piece == "session") {
		for (i = 0; i < 3; i++) {
			queue(L[session + i])
		}
	} else if (piece == "model") {
		queue(L[session + 1])
	} else {
		queue_entry(piece, place)
	}
	return laid_out(base)
}

function queue(text) {
	Q[++lines] = text
}

function queue_entry(k, place,   i) {
	for (i = from[k]; i <= to[k]; i++) {
		queue(i == from[k] + 3 ? "      \"index\": " place "," : L[i])
	}
}

function laid_out(base,   i, text, own, out, depth) {
	match(Q[1], /^ */)
	own = RLENGTH
	for (i = 1; i <= lines; i++) {
		match(Q[i], /^ */)
		text = substr(Q[i], RLENGTH + 1)
		depth = (RLENGTH - own) / 2
		if (!pretty) {
			if (match(text, /^"([^"\\]|\\.)*": /)) {
				text = substr(text, 1, RLENGTH - 1) substr(text, RLENGTH + 1)
			}
		} else if (i > 1) {
			out = out newline base
			while (depth-- > 0) {
				out = out unit
			}
		}
		out = out text
	}
	return out
}

function merge(   i) {
	if (models) {
		emptied[models] = merge_list()
	}
	choose()
	if (wanted && !models) {
		added[++adding] = "list"
		count["added"] = wanted
	}
	if (newly) {
		added[++adding] = "session"
	}
	for (i = CN[1]; i > 0 && emptied[i] && removable(i); i--) {
		removing++
	}
	for (i = 1; i <= removing; i++) {
		removed[i] = CN[1] - removing + i
	}
	change(1)
}

# merge_list edits customModels and tells whether only ours were in it and all are gone.
function merge_list(   i, k, seen, stands, place, new, unseen, next_) {
	for (i = 1; i <= CN[list]; i++) {
		if (mine(KI[list, i])) {
			k = KI[list, i] in entry ? entry[KI[list, i]] : 0
			stands[i] = k && !(k in seen) ? k : "free"
			if (k) {
				seen[k] = 1
			}
		}
	}
	for (k = 1; k <= wanted; k++) {
		if (!(k in seen)) {
			unseen[++new] = k
		}
	}
	for (i = 1; i <= CN[list]; i++) {
		if (stands[i] == "free" && next_ < new) {
			stands[i] = unseen[++next_]
			count["added"]++
			count["updated"]--
			count["removed"]++
		}
		if (stands[i] == "free") {
			removed[++removing] = i
			count["removed"]++
			continue
		}
		if (stands[i] != "") {
			count["updated"] += replace(list, i, stands[i], place)
		}
		place++
	}
	while (next_ < new) {
		added[++adding] = unseen[++next_]
		at_index[adding] = place++
		count["added"]++
	}
	return change(list)
}

# choose decides about the default model: to write the wanted one, or to drop ours that is gone. A choice of the person's
# rules, also one under the older top-level key.
function choose(   here, top) {
	here = find(chosen, "model")
	top = find(1, "model")
	if (preset != "" && !choice(chosen, here) && !choice(1, top)) {
		if (here) {
			edit(KV[chosen, here], KE[chosen, here], text_of(L[session + 1]))
		} else if (chosen) {
			added[1] = "model"
			adding = 1
			change(chosen)
		} else {
			newly = 1
		}
	} else if (here && KT[chosen, here] == "\"" && gone(KX[chosen, here])) {
		removed[1] = here
		removing = 1
		emptied[sessions] = change(chosen)
	}
}

function text_of(line) {
	sub(/^ *"model": /, "", line)
	return line
}

function gone(text) {
	return mine(text) && !(text in entry)
}

function choice(c, j) {
	return j && KT[c, j] == "\"" && KX[c, j] != "" && !gone(KX[c, j])
}

# removable tells whether a root member has no comment before its value, and no duplicate that would count in its place.
function removable(i,   j) {
	j = 1
	while (KK[1, j] != KK[1, i]) {
		j++
	}
	return j == i && !index(slice(KS[1, i], KV[1, i]), "/")
}

# change takes children out of a container and puts new ones in, first in the place of those taken out. It tells whether
# the container ends up empty by it.
function change(c,   i, shift, left) {
	while (shift < removing && shift < adding) {
		shift++
		replace(c, removed[shift], added[shift], 0)
	}
	for (i = shift + 1; i <= removing || i <= adding; i++) {
		removed[i - shift] = removed[i]
		added[i - shift] = added[i]
	}
	removing -= shift
	adding -= shift
	if (adding) {
		add(c)
	}
	left = removing ? drop(c) : 0
	adding = removing = 0
	return left
}

function replace(c, j, piece, place,   text) {
	text = render(piece, place + 0, pretty ? lead(KS[c, j]) : "")
	if (text != slice(KS[c, j], KE[c, j])) {
		edit(KS[c, j], KE[c, j], text)
		return 1
	}
	return 0
}

# add puts pieces behind the last child, or behind the comments that follow it.
function add(c,   base, tail, sep, end, until, j, i, out) {
	j = CN[c]
	if (pretty) {
		base = j ? lead(KS[c, j]) : lead(CS[c]) unit
	}
	if (j) {
		edit(KE[c, j], KE[c, j], ",")
	}
	tail = slice(CG[c], CE[c])
	until = CG[c]
	if (index(tail, "\n") || CL[c]) {
		# The comment of a file on one line ends with a carriage return: a line feed would make it one of several lines.
		sep = (pretty ? newline : "\r") base
	} else if (!j && pretty) {
		sep = newline base
		end = newline lead(CS[c])
		until = CE[c]
	} else if (tail != "" || j && pretty) {
		sep = " "
		base = pretty ? lead(CG[c]) : ""
	}
	for (i = 1; i <= adding; i++) {
		out = out sep render(added[i], at_index[i], base)
		if (i < adding) {
			out = out ","
		}
	}
	edit(CG[c], until, out end)
}

# drop takes children out: each with the white space before it and one comma.
function drop(c,   i, j, last, comma, from) {
	last = CN[c]
	for (i = removing; i > 0 && removed[i] == last; i--) {
		last--
	}
	if (!last && !commented[c]) {
		edit(CS[c] + 1, CE[c], "")
		return 1
	}
	for (i = 1; i <= removing; i++) {
		j = removed[i]
		comma = j > last && j > 1 ? KC[c, j - 1] : KC[c, j]
		if (comma) {
			edit(comma, comma + 1, "")
		}
		from = KG[c, j]
		# What comes next must not fall into a line comment.
		if (KL[c, j] && behind(c, i) !~ /[\r\n]/) {
			from += slice(from, from + 2) == "\r\n" ? 2 : 1
		}
		edit(from, KE[c, j], "")
	}
	return 0
}

# behind is the first character that stays after a child that goes: those with nothing but white space between are one.
function behind(c, i,   j, end) {
	do {
		j = removed[i]
		end = KE[c, j]
		if (KC[c, j] == end) {
			end++
		}
	} while (removed[++i] == j + 1 && i <= removing && KG[c, j + 1] == end)
	return slice(end, end + 1)
}

# --- writing the result ------------------------------------------------------------------------------------------

function put(text) {
	printf "%s", text > goal
	written += length(text)
}

function finish(   i, j, from, end, text) {
	if (!edits) {
		report("same up to date, models: " wanted + 0 warnings)
	}
	for (i = 2; i <= edits; i++) {
		from = ES[i]
		end = EE[i]
		text = ET[i]
		for (j = i - 1; j > 0 && ES[j] > from; j--) {
			ES[j + 1] = ES[j]
			EE[j + 1] = EE[j]
			ET[j + 1] = ET[j]
		}
		ES[j + 1] = from
		EE[j + 1] = end
		ET[j + 1] = text
	}
	at = 0
	for (i = 1; i <= edits; i++) {
		# One that lies inside another is void.
		if (ES[i] >= at) {
			copy(at, ES[i])
			put(ET[i])
			at = EE[i]
		}
	}
	copy(at, size)
	close(goal)
	report("write " written " " tally() warnings)
}

function tally(   text) {
	text = told("added") told("updated") told("removed")
	return text == "" ? "default model changed" : "models: " substr(text, 3)
}

function told(what) {
	return count[what] > 0 ? ", " count[what] " " what : ""
}

function copy(from, end,   i, stop) {
	for (i = record(from); from < end; i++) {
		stop = O[i] + length(R[i])
		if (from == O[i] && stop < end) {
			put(R[i] "\"")
			from = stop + 1
		} else {
			put(slice(from, end <= stop ? end : stop + 1))
			from = end <= stop ? end : stop + 1
		}
	}
}

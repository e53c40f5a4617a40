# Merges models into a user's settings file.
#
# In: the file on standard input, and these variables of the environment:
#   merge_wanted   what is wanted, see wanted.awk
#   merge_keep     not empty if entries of ours that are not wanted stay, and our default model too
#   merge_owned    what the ids of our entries begin with, separated by spaces
#   merge_size     the size of the file in bytes
#   merge_output   the name of the new file
#
# Out: the new file in merge_output, and one answer on standard output:
#   write SIZE WHAT          the new file has SIZE bytes
#   same WHAT                the file is as wanted; nothing was written
#   refuse LINE:COLUMN: WHY  Droid could not use the file; nothing was written
#   changed                  the file does not have that size
#
# All lengths are bytes, because awk runs with LC_ALL=C. A record ends at a quote, so it is the text between two strings
# or a part of a string. Each one is read when the next one has come, because only then it is known that a quote follows
# it.

BEGIN {
	RS = "\""
	prefixes = split(ENVIRON["merge_owned"], prefix, " ")
	keep = ENVIRON["merge_keep"] != ""
	kept = "models left as they are: a list of models could not be read when the workspace was built"
	read_wanted()
}

{
	if (NR > 1) {
		read_record(record, 1)
		size += length(record) + 1
	}
	record = $0
}

END {
	size += length(record)
	# Awk hides a quote at the end of the file.
	hidden_quote = size + 1 == ENVIRON["merge_size"]
	if (size + hidden_quote != ENVIRON["merge_size"])
		answer("changed")
	read_record(record, hidden_quote)
	end_file()
	if (!tokens && !open_comment && !(1 in comments)) {
		if (!entries)
			answer("same " (keep ? kept : "no models, nothing to do"))
		begin_object()
	}
	check_grammar()
	check_rules()
	find_style()
	merge()
	if (!edits)
		answer("same " (keep ? kept : "up to date, models: " entries + 0))
	write()
}

# begin_object gives a blank file an empty object.
function begin_object() {
	token[1] = "{"
	token[2] = "}"
	tokens = 2
	space[1] = ""
	lines = 0
}

function write(   i, text, bytes) {
	for (i = 1; i <= tokens + 1; i++) {
		text = space[i] token[i]
		printf "%s", text > ENVIRON["merge_output"]
		bytes += length(text)
	}
	text = told("added") told("updated") told("removed")
	answer("write " bytes " " (text == "" ? "default model changed" : "models: " substr(text, 3)) (keep ? "; other " kept : ""))
}

function told(what) {
	return counted[what] > 0 ? ", " counted[what] " " what : ""
}

# Merges a wanted document into a person's settings file.
#
# In: the file on standard input, and these variables of the environment:
#   merge_mode      merge; or whole, for a document that becomes the whole file, except with keep; or clear, which removes all that is
#                   ours; or probe, which only tells whether the file has customModels
#   merge_variable  the name of the variable that holds the wanted document, in base64
#   merge_owned     what the ids of our entries begin with, separated by spaces
#   merge_input     the name of the file, for an awk that can not read a NUL
#   merge_size      its size in bytes
#   merge_output    the name of the new file
#   merge_check     not empty if the new file is to be read again, because the disk may be full
#   merge_strict    not empty for a system-managed file, with which Droid is stricter
#
# Out: the new file in merge_output, and one answer on standard output:
#   write SIZE WHAT          the new file has SIZE bytes
#   short                    the new file is not complete
#   same WHAT                the file is as wanted; nothing was written
#   refuse LINE:COLUMN: WHY  Droid could not use the file; nothing was written
#   nul                      the file has a NUL, which not every awk can read; try again with something else in its place
#   document WHY             the variable does not hold a wanted document
#   models, or none          what probe found
# After write and same follows a line "unset NAME" for each variable that an apiKey refers to and that has no value.
#
# All lengths are bytes, because awk runs with LC_ALL=C. A record ends at a quote, so it is either the text between two strings or a
# part of a string. Each record is read when it comes and then kept in chunks, because an array of all records would take much memory.

BEGIN {
	RS = "\""
	mode = ENVIRON["merge_mode"]
	if (mode ~ /merge|whole/) {
		decode(ENVIRON[ENVIRON["merge_variable"]])
		read_wanted()
	}
	whole = mode == "whole" && !keep
}

{
	rest = NR > 1 ? rest "\"" $0 : $0
	if (length(rest) > CHUNK)
		store()
	if (!whole) {
		if (NR > 1)
			read_quote()
		read_record()
	}
}

END {
	if (answered)
		exit
	at_end = 1
	end_file()
	blank = !nodes && reading == "" && !commented[node] && !hidden_quote
	if (whole ? file_text(0, size) != document : blank && mode != "probe")
		write_new()
	if (!whole) {
		end_parse()
		if (mode == "probe")
			answer(member(ROOT, "customModels") ? "models" : "none")
		check_rules()
		find_style()
		merge()
	}
	write_merged()
}

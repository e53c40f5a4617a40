# Decides what changes in the file: our entries in customModels, and the default model.
# In: the wanted document, the tree and the style. Out: the edits, and in counted how many models were added, updated and removed.

# owned tells whether an id is of our namespace.
function owned(id,   i) {
	if (!prefixes) {
		prefixes = split(ENVIRON["merge_owned"], prefix, " ")
	}
	for (i = 1; i <= prefixes; i++) {
		if (substr(id, 1, length(prefix[i])) == prefix[i]) {
			return 1
		}
	}
	return 0
}

# gone tells whether an id is of our namespace and not wanted any more.
function gone(id) {
	return owned(id) && !(id in entry_of)
}

function merge(   i) {
	if (list_member) {
		emptied[list_member] = merge_list()
	}
	merge_default()
	if (wanted_entries && !list_member) {
		coming[++comings] = "list"
		counted["added"] = wanted_entries
	}
	if (session_comes) {
		coming[++comings] = "session"
	}
	for (i = children[ROOT]; i > 0 && emptied[i] && removable(i); i--) {
		goings++
	}
	for (i = 1; i <= goings; i++) {
		going[i] = children[ROOT] - goings + i
	}
	change(ROOT)
}

# merge_list edits customModels. It tells whether only our entries were in it, and all are gone.
function merge_list(   i, k, seen, stands, index_in_list, missing, missing_count, next_missing) {
	for (i = 1; i <= children[list]; i++) {
		if (owned(child_id[list, i])) {
			k = child_id[list, i] in entry_of ? entry_of[child_id[list, i]] : 0
			stands[i] = k && !(k in seen) ? k : "free"
			if (k) {
				seen[k] = 1
			}
		}
	}
	for (k = 1; k <= wanted_entries; k++) {
		if (!(k in seen)) {
			missing[++missing_count] = k
		}
	}
	for (i = 1; i <= children[list]; i++) {
		if (stands[i] == "free" && next_missing < missing_count) {
			stands[i] = missing[++next_missing]
			counted["added"]++
			counted["updated"]--
			counted["removed"]++
		}
		if (stands[i] == "free") {
			going[++goings] = i
			counted["removed"]++
			continue
		}
		if (stands[i] != "") {
			counted["updated"] += replace(list, i, stands[i], index_in_list)
		}
		index_in_list++
	}
	while (next_missing < missing_count) {
		coming[++comings] = missing[++next_missing]
		coming_index[comings] = index_in_list++
		counted["added"]++
	}
	return change(list)
}

# merge_default decides about the default model: to write the wanted one, or to drop one of ours that is gone. A choice of the
# person's comes first, also under the older key of the root.
function merge_default(   here, older) {
	here = member(session, "model")
	older = member(ROOT, "model")
	if (default_model != "" && !chosen(session, here) && !chosen(ROOT, older)) {
		if (here) {
			edit(child_value[session, here], child_end[session, here], line_value(wanted[default_line]))
		} else if (session) {
			coming[1] = "model"
			comings = 1
			change(session)
		} else {
			session_comes = 1
		}
	} else if (here && child_type[session, here] == "string" && gone(child_text[session, here])) {
		going[1] = here
		goings = 1
		emptied[session_member] = change(session)
	}
}

# chosen tells whether a member is a choice that stands: a model that is not one of ours that is gone.
function chosen(c, j) {
	return j && child_type[c, j] == "string" && child_text[c, j] != "" && !gone(child_text[c, j])
}

# removable tells whether a root member has no comment before its value, and no duplicate that would count in its place.
function removable(i,   j) {
	j = 1
	while (child_key[ROOT, j] != child_key[ROOT, i]) {
		j++
	}
	return j == i && !index(file_text(child_start[ROOT, i], child_value[ROOT, i]), "/")
}

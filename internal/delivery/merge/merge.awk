# Decides what changes in the file: our entries in customModels, and the default model. In: what is wanted, the tree and
# the style. Out: the edits; and counted, how many models were added, updated and removed.

function merge(   i) {
	if (list_member)
		emptied[list_member] = merge_list()
	merge_session()
	if (entries && !list_member) {
		coming[++comings] = list_piece()
		counted["added"] = entries
	}
	if (session_comes)
		coming[++comings] = session_piece()
	for (i = children[ROOT]; i > 0 && emptied[i] && removable(i); i--)
		goings++
	for (i = 1; i <= goings; i++)
		going[i] = children[ROOT] - goings + i
	change(ROOT)
}

# merge_list edits customModels, and tells whether the list ends up empty. The wanted entries take the places of the
# entries that we own, in the order of the template; with keep, each takes its own. Further ones follow at the end of
# the list.
function merge_list(   i, k, n, present, placed, place) {
	for (i = 1; i <= children[list]; i++) {
		if (owned(id[i])) {
			if (id[i] in entry_of && !(id[i] in present)) {
				present[id[i]] = 1
			} else if (!keep) {
				counted["removed"]++
			}
		}
	}
	for (i = 1; i <= children[list]; i++) {
		if (!owned(id[i])) {
			place++
		} else if (n == entries) {
			going[++goings] = i
		} else {
			k = keep ? entry_of[id[i]] : ++n
			placed[k] = 1
			if (replace(list, i, entry(k, place++ + 0)))
				counted[entry_id[k] in present ? "updated" : "added"]++
		}
	}
	for (k = 1; k <= entries; k++) {
		if (!(k in placed)) {
			coming[++comings] = entry(k, place++ + 0)
			counted[entry_id[k] in present ? "updated" : "added"]++
		}
	}
	return change(list)
}

# merge_session edits sessionDefaultSettings. If the user has chosen a default model, it stays, also under the older key
# in the root. A default model of ours that is gone goes, with the duplicate keys that would count in its place.
function merge_session(   here, j, oldest) {
	here = member(session, "model")
	if (default_model != "" && !chosen(session, here) && !chosen(ROOT, member(ROOT, "model"))) {
		if (here) {
			put(value[session, here], last[session, here], default_model)
		} else if (session) {
			coming[++comings] = "\"model\": " default_model
		} else {
			session_comes = 1
		}
	} else {
		for (j = session ? children[session] : 0; j > 0 && (key[session, j] != "model" || gone(session, j)); j--)
			oldest = j
		for (j = oldest; j && j <= children[session]; j++) {
			if (key[session, j] == "model")
				going[++goings] = j
		}
	}
	if (session)
		emptied[session_member] = change(session)
}

# chosen tells whether a member is a choice that stays. Any model is, except one of ours that is gone.
function chosen(o, j) {
	return j && is_string(value[o, j]) && token[value[o, j]] != "\"\"" && !gone(o, j)
}

# gone tells whether a member names a model of ours that is not wanted any more.
function gone(o, j,   name) {
	name = is_string(value[o, j]) ? text_of(value[o, j]) : ""
	return owned(name) && !(name in entry_of)
}

# removable tells whether a root member has no comment before its value, and no duplicate that would count in its place.
function removable(i,   j) {
	for (j = 1; key[ROOT, j] != key[ROOT, i]; j++) {
	}
	return j == i && comments_in(ROOT, i) == ""
}

# Decides what changes in the file: our entries in customModels, the default model, and the members that only a wanted document for
# a system-managed file has.
# In: the wanted document, the tree and the style. Out: the edits; and counted, how many models were added, updated and removed.

BEGIN {
	prefixes = split(ENVIRON["merge_owned"], prefix, " ")
}

# owned tells whether an id belongs to our namespace or to a former one. With keep, an id that is not wanted counts as the person's.
function owned(id,   i) {
	for (i = keep && !(id in entry_of) ? prefixes + 1 : 1; i <= prefixes; i++) {
		if (substr(id, 1, length(prefix[i])) == prefix[i])
			return 1
	}
	return 0
}

# gone tells whether an id is owned and not wanted any more.
function gone(id) {
	return owned(id) && !(id in entry_of)
}

function merge(   i) {
	if (list_member)
		emptied[list_member] = merge_list()
	merge_session()
	if (entries && !list_member) {
		coming[++comings] = LIST
		counted["added"] = entries
	}
	if (session_comes)
		coming[++comings] = SESSION
	set_members(ROOT, setting, settings)
	for (i = children[ROOT]; i > 0 && emptied[i] && removable(i); i--)
		goings++
	for (i = 1; i <= goings; i++)
		going[i] = children[ROOT] - goings + i
	change(ROOT)
}

# set_members gives the members of node c that have the keys of pieces the wanted values.
function set_members(c, pieces, n,   i, j, name) {
	for (i = 1; i <= n; i++) {
		name = pieces[i]
		sub(/^ *"/, "", name)
		j = member(c, unescaped(substr(name, 1, length(name) - 1)))
		if (j) {
			replace(c, j, pieces[i])
		} else {
			coming[++comings] = pieces[i]
		}
	}
}

# merge_list edits customModels, and tells whether the list ends up empty. The wanted entries take the places of the entries that we
# own, in the order of the template; with keep, each takes its own. Further ones follow at the end of the list.
function merge_list(   i, k, n, id, present, placed, rank) {
	for (i = 1; i <= children[list]; i++) {
		id = child_id[list, i]
		if (owned(id)) {
			if (id in entry_of && !(id in present)) {
				present[id] = 1
			} else if (!keep) {
				counted["removed"]++
			}
		}
	}
	for (i = 1; i <= children[list]; i++) {
		id = child_id[list, i]
		if (!owned(id)) {
			rank++
		} else if (n == entries) {
			going[++goings] = i
		} else {
			k = keep ? entry_of[id] : ++n
			placed[k] = 1
			if (replace(list, i, k, rank++))
				counted[entry_id[k] in present ? "updated" : "added"]++
		}
	}
	for (k = 1; k <= entries; k++) {
		if (!(k in placed)) {
			coming[++comings] = k
			coming_index[comings] = rank++
			counted[entry_id[k] in present ? "updated" : "added"]++
		}
	}
	return change(list)
}

# merge_session edits sessionDefaultSettings: the default model, and the other members that are wanted in it. If the person has chosen
# a default model, it stays, also under the older key in the root. A default model of ours that is gone goes, with the duplicate keys
# that would count in its place.
function merge_session(   here, j, first) {
	set_members(session, tuning, session ? tunings : 0)
	here = member(session, "model")
	session_comes = !session && tunings
	if (default_model != "" && !chosen(session, here) && !chosen(ROOT, member(ROOT, "model"))) {
		if (here) {
			edit(child_value[session, here], child_end[session, here], line_value(wanted[first_line[MODEL]]))
		} else if (session) {
			coming[++comings] = MODEL
		} else {
			session_comes = 1
		}
	} else {
		leave_out_default()
		for (j = children[session]; j > 0 && (child_key[session, j] != "model" || gone(child_text[session, j])); j--)
			first = j
		for (j = first; j && j <= children[session]; j++) {
			if (child_key[session, j] == "model")
				going[++goings] = j
		}
	}
	if (session)
		emptied[session_member] = change(session)
}

# leave_out_default takes the default model out of the wanted sessionDefaultSettings.
function leave_out_default(   i) {
	i = first_line[MODEL]
	if (wanted[i] !~ /,$/)
		sub(/,$/, "", wanted[i - 1])
	wanted[i] = ""
}

# chosen tells whether a member is a choice that stays. Any model is, except one of ours that is gone.
function chosen(c, j) {
	return j && child_type[c, j] == "string" && child_text[c, j] != "" && !gone(child_text[c, j])
}

# removable tells whether a root member has no comment before its value, and no duplicate that would count in its place.
function removable(i,   j) {
	j = 1
	while (child_key[ROOT, j] != child_key[ROOT, i])
		j++
	return j == i && !index(file_text(child_start[ROOT, i], child_value[ROOT, i]), "/")
}

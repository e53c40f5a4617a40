# Droid's rules beyond those of JSON: which entries and members it can't use. In: the tokens and the tree. Out: the
# members of the root and the nodes that the merge needs, 0 if there is none: list_member, list, session_member and
# session; of entry j of the list its id in id[j], empty for none; or a refusal.

# owned tells whether an id belongs to our namespace or to a former one. With keep, an id that is not wanted counts as
# the user's.
function owned(id,   i) {
	for (i = keep && !(id in entry_of) ? prefixes + 1 : 1; i <= prefixes; i++) {
		if (substr(id, 1, length(prefix[i])) == prefix[i])
			return 1
	}
	return 0
}

function check_rules(   j, i) {
	read_node(ROOT)
	list_member = member(ROOT, "customModels")
	session_member = member(ROOT, "sessionDefaultSettings")
	if (list_member) {
		list = value[ROOT, list_member]
		if (token[list] != "[")
			refuse(list, 0, "customModels is not an array")
		read_node(list)
		for (j = 1; j <= children[list]; j++)
			check_entry(j, value[list, j])
		if (faulty)
			refuse(faulty, 0, "provider makes Droid drop every model")
	}
	if (session_member) {
		session = value[ROOT, session_member]
		if (token[session] == "{") {
			read_node(session)
		} else if (default_model != "") {
			refuse(session, 0, "sessionDefaultSettings is not an object")
		} else {
			session = 0
		}
	}
}

# check_entry reads entry j, which begins with token o. Droid drops an incomplete entry alone, and overlooks wrong
# types. Our own entries have no fault, because the merge replaces them.
function check_entry(j, o,   i, name, field) {
	if (token[o] != "{")
		return
	for (i = o + 1; i < partner[o]; i = next_child(end_of(i + 2))) {
		name = text_of(i)
		if (name ~ /^(id|model|provider|baseUrl|bedrock)$/)
			field[name] = i + 2
	}
	if (is_string(field["id"] + 0))
		id[j] = text_of(field["id"])
	if (owned(id[j])) {
		for (i = o + 1; i <= partner[o]; i++) {
			if (index(space[i], "\n"))
				line_of[i] = o
		}
	} else if (!faulty && is_string(field["model"] + 0) && is_string(field["provider"] + 0) &&
		(is_string(field["baseUrl"] + 0) || token[field["bedrock"] + 0] == "{") &&
		tolower(text_of(field["provider"])) !~ /^(anthropic|openai|generic-chat-completion-api|bedrock-converse)$/) {
		faulty = field["provider"]
	}
}

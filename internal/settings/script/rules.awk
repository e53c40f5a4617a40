# Droid's rules for what reads as JSON: which entries and members it could not use.
# In: the fields of each entry, while it is parsed; then the tree. Out: child_id, and a refusal with its place.

# An entry opens: an array in the list is one too, but has no fields.
function entry_opens() {
	id = provider_fault = has_model = has_base_url = has_provider = ""
}

function entry_field(name, type, text) {
	if (name == "model") {
		has_model = type == "string"
	} else if (name == "baseUrl") {
		has_base_url = type == "string"
	} else if (name == "provider") {
		has_provider = type == "string"
		provider_fault = type == "string" && text !~ /^(anthropic|openai|generic-chat-completion-api)$/ ? value_offset : ""
	} else if (name == "id") {
		id = type == "string" ? text : ""
	}
}

function entry_shuts(c, j) {
	child_id[c, j] = id
	child_provider_fault[c, j] = provider_fault
	child_complete[c, j] = has_model && has_base_url && has_provider
}

# check_rules refuses what Droid would not use, and finds the members that the merge is about: list_member and session_member of
# the root, and their containers list and session. 0 stands for none.
function check_rules(   j) {
	list_member = member(ROOT, "customModels")
	session_member = member(ROOT, "sessionDefaultSettings")
	if (list_member && child_type[ROOT, list_member] != "[") {
		refuse(child_value[ROOT, list_member], "customModels is not an array")
	}
	list = list_member ? child_text[ROOT, list_member] : 0
	for (j = 1; list && j <= children[list]; j++) {
		if (owned(child_id[list, j])) {
			continue
		}
		if (child_provider_fault[list, j] != "") {
			refuse(child_provider_fault[list, j], "provider makes Droid drop every model")
		}
		if (ENVIRON["merge_strict"] != "" && !child_complete[list, j]) {
			refuse(child_value[list, j], "entry without model, baseUrl or provider makes Droid drop every model")
		}
	}
	if (session_member && child_type[ROOT, session_member] != "{") {
		if (default_model != "") {
			refuse(child_value[ROOT, session_member], "sessionDefaultSettings is not an object")
		}
	} else if (session_member) {
		session = child_text[ROOT, session_member]
	}
}

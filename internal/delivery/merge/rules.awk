# Droid's rules beyond those of JSON: which entries and members it can't use.
# In: field, which has type and text of each field of an entry, and field_at, the offsets of their values; later the tree.
# Out: child_id, the id of an entry; or a refusal. faulty is what would make Droid drop every model in a list, and faulty_at its
# offset. Our own entries have no fault, because the merge replaces them.
#
# In a person's file Droid drops only the incomplete entry, and it overlooks wrong types. So neither is a fault. In a system-managed
# file Droid overlooks nothing; see strict.awk.

# inner_field notes a value inside extraHeaders or bedrock that is not a string but has to be one.
function inner_field(type) {
	if (type != "string" && (place == "extraHeaders" || key ~ /^(aws|bedrock)[A-Z]/))
		inner_fault = 1
}

# entry_shuts checks an entry, which is child j of node c.
function entry_shuts(c, j,   provider, bedrock, name, first) {
	child_id[c, j] = field["id"] ~ /^string/ ? substr(field["id"], 7) : ""
	provider = field["provider"]
	bedrock = field["bedrock"] ~ /^[{]/
	if (field["model"] !~ /^string/ || provider !~ /^string/ || field["baseUrl"] !~ /^string/ && !bedrock ||
		strict && field["baseUrl"] == "string" && !bedrock) {
		incomplete(c, j)
	} else if (!owned(child_id[c, j])) {
		if ((strict ? provider : tolower(provider)) !~ /^string(anthropic|openai|generic-chat-completion-api|bedrock-converse)$/ ||
			strict && provider == "stringbedrock-converse" && !bedrock)
			first = "provider"
		for (name in kind) {
			if (field[name] != "" && field[name] !~ kind[name] && (first == "" || field_at[name] < field_at[first]))
				first = name
		}
		if (first != "")
			fault(c, field_at[first], first)
	}
	split("", field)
}

# incomplete notes a foreign child that lacks a required field. In a person's file Droid drops only that child.
function incomplete(c, j) {
	if (strict && !owned(child_id[c, j]))
		fault(c, child_value[c, j], "entry without model, baseUrl or provider")
}

# fault keeps the first fault of a list.
function fault(c, at, what) {
	if (!(c in faulty)) {
		faulty[c] = what
		faulty_at[c] = at
	}
}

# check_rules refuses a file that Droid could not use, and finds the members that the merge needs: list_member and session_member of
# the root, and their nodes list and session. 0 means that there is none.
function check_rules() {
	list_member = member(ROOT, "customModels")
	session_member = member(ROOT, "sessionDefaultSettings")
	if (list_member && child_type[ROOT, list_member] != "[")
		refuse(child_value[ROOT, list_member], "customModels is not an array")
	list = list_member ? child_text[ROOT, list_member] : 0
	if (list in faulty)
		drops_all(faulty_at[list], faulty[list])
	if (session_member && child_type[ROOT, session_member] != "{") {
		if (strict || (SESSION in first_line))
			refuse(child_value[ROOT, session_member], "sessionDefaultSettings is not an object")
	} else if (session_member) {
		session = child_text[ROOT, session_member]
		check_session("model")
		check_session("reasoningEffort")
	}
}

function check_session(name,   j) {
	j = member(session, name)
	if (strict && j && child_type[session, j] child_text[session, j] !~ kind[name])
		drops_all(child_value[session, j], name)
}

function drops_all(at, what) {
	refuse(at, what " makes Droid drop every model")
}

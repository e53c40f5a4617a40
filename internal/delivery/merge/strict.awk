# What Droid also checks in a system-managed file: the type of each field. Only a script for such a file has this.
# In: merge_strict. Out: strict, which tells whether this is such a file; and kind, the pattern that a field's type and text must match.
# If it is another file, kind has no pattern.

BEGIN {
	strict = ENVIRON["merge_strict"] != ""
	if (strict) {
		set_kind("model id baseUrl apiKey apiKeyHelper displayName baseModelId authMode fileEditToolProfile", "^string")
		set_kind("reasoningEffort", "^string(none|dynamic|off|minimal|low|medium|high|xhigh|max)$")
		set_kind("index maxContextLimit thinkingMaxTokens maxOutputTokens", "^word[-0-9]")
		set_kind("apiKeyHelperTtlMs", "^word([1-9][0-9]*([.]0+)?|[0-9.]+[eE].*)$")
		set_kind("enableThinking noImageSupport useInRouter", "^word[tf]")
		set_kind("extraHeaders extraArgs bedrock", "^[{]0")
	}
}

# set_kind sets the pattern that the type and text of these fields' values must match.
function set_kind(names, pattern,   i, parts) {
	for (i = split(names, parts, " "); i > 0; i--)
		kind[parts[i]] = pattern
}

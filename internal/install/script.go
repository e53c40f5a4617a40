// Package install is the script that merges the settings document into Droid's settings file in a workspace: the rules of
// package settings for a machine of which nothing is known but that it has sh and awk.
package install

import (
	_ "embed"
	"encoding/base64"
	"strings"
	"unicode"
)

//go:generate go run ./shorten

// mergeCaller is install.sh, and mergeProgram merge.awk, as the script carries them: without what only their readers need, and
// with short names.
var (
	//go:embed short/install.sh
	mergeCaller string
	//go:embed short/merge.awk
	mergeProgram string
)

// nothing is the settings document of a resource without models.
const nothing = "{\n  \"customModels\": []\n}"

// Variable is the environment variable that brings a namespace's settings document, in base64.
func Variable(namespace string) string {
	return "FACTORY_CUSTOM_MODELS_" + strings.ToUpper(strings.ReplaceAll(namespace, "-", "_"))
}

// header begins every script, so that /bin/sh runs it whatever the person's login shell is.
const header = "#!/bin/sh\n# Merges the models of factory_custom_models into Droid's settings; every other byte of the file stays.\n" +
	"# To read: internal/install in github.com/coder/terraform-provider-factory.\n(\n"

// Script merges the document of a namespace into the file settingsPath, which is absolute or begins with ~/. It holds
// no secret and does not depend on the models. All of it runs in a subshell; where Droid has its system-managed file,
// with the rights of root.
func Script(namespace, settingsPath string) string {
	if !strings.HasPrefix(settingsPath, "/etc/") && !strings.HasPrefix(settingsPath, "/Library/") { // Linux, macOS
		return header + program(namespace, settingsPath, "mode=600 mask=077 strict=") + ")\n"
	}
	// System-managed: every user of the workspace reads it, and Droid is strict about it.
	return header + asRoot(settingsPath, program(namespace, settingsPath, "mode=644 mask=022 strict=1")) + ")\n"
}

// asRoot gives a program to sh by standard input, through sudo where the script is not run by root. The secret goes along in the
// environment.
func asRoot(settingsPath, program string) string {
	end := "END"
	for strings.Contains(program, end) {
		end += "_"
	}
	return `sudo='sudo -n -E'
[ "$(id -u)" != 0 ] || sudo=
$sudo true 2>/dev/null || {
echo ` + quoted("factory: "+oneLine(settingsPath)+": only root can write it, and there is no sudo that asks for no password; nothing was written") + ` >&2
exit 1
}
$sudo sh <<'` + end + `'
` + program + end + "\n"
}

func program(namespace, settingsPath, settings string) string {
	variable := Variable(namespace)
	return strings.Join([]string{
		"shown=" + quoted(oneLine(settingsPath)),
		"configured=" + quoted(settingsPath),
		"prefix=" + quoted("custom:"+namespace+"/"),
		"variable=" + variable,
		`document=${` + variable + `-}`,
		"none=" + base64.StdEncoding.EncodeToString([]byte(nothing)),
		"wire='env = factory_custom_models.NAME.env'",
		settings,
		"merge_awk() {",
		"awk '" + mergeProgram + "'",
		"}",
		mergeCaller,
	}, "\n") + "\n"
}

// quoted makes a shell word of any text.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// oneLine is a text as a message can show it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

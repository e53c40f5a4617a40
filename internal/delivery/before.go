package delivery

import (
	"encoding/base64"
	"strings"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// The previous merge, until the new one is here.

func (d Delivery) valueBefore(c Content) string {
	text := string(c.Text)
	if len(text) > Limit/2 {
		text = dense(text)
	}
	keep := ""
	if c.State == Incomplete {
		keep = "keep:"
	}
	return d.Resource + ":" + keep + base64.StdEncoding.EncodeToString([]byte(text))
}

func (d Delivery) scriptBefore() string {
	variable := Variable(d.Namespace)
	return header + "(\n" + compose("sh", []string{"before/begin"}) + strings.Join([]string{
		"configured_path=" + quoted(d.Path()),
		"shown_path=" + quoted(droid.OneLine(d.Path())),
		"export LC_ALL=C merge_variable=" + variable + " merge_owned=" + quoted(strings.Join(d.prefixes(), " ")),
		`document=${` + variable + `-}`,
		"resource=" + quoted(d.Resource),
		"file_mode=600 listed_mode=-rw------- file_mask=077 mode=merge managed_file=",
		"merge_program='" + compose("awk", []string{
			"file", "wanted", "strings", "parse", "tree", "rules", "style", "layout", "edits", "merge", "output", "main"}) + "'",
		compose("sh", []string{"before/messages", "before/place", "before/lock", "before/write", "before/person", "before/main"}),
	}, "\n") + ")\n"
}

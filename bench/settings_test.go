//go:build linux

package bench

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/droid"
)

// jqJob does with jq what the script does, without its checks: no lock, no comments kept, no layout kept, no message.
const jqJob = `umask 077
f=$HOME/.factory/settings.json
mkdir -p "${f%/*}"
wanted=$(printf %s "$WANTED" | base64 -d)
export wanted
jq '(env.wanted | fromjson) as $new
  | .customModels = ([.customModels[]? | select((.id // "") | startswith("custom:coder/") | not)]
    + $new.customModels)' "$f" > "$f.tmp"
chmod 600 "$f.tmp"
mv -f "$f.tmp" "$f"
`

// BenchmarkScript is the script of each delivery in dash, from sh -c to exit, the merge by each awk, and the same job
// by jq. The system-managed file is written only as root and where there is none.
func BenchmarkScript(b *testing.B) {
	settings := droid.Settings{Namespace: "coder", Models: []droid.Model{
		{Model: "m1", Provider: droid.Anthropic}, {Model: "m2", Provider: droid.OpenAI},
	}}
	document := settings.Render(droid.Gateway{URL: "https://coder.example.com/api/v2/ai-gateway", Token: "token"})
	for _, size := range []int{4, 20, 1024} {
		for _, layout := range []string{"many-lines", "one-line"} {
			b.Run(fmt.Sprintf("size=%dKiB/layout=%s", size, layout), func(b *testing.B) {
				benchmarkScript(b, document, settingsFile(b, size<<10, layout))
			})
		}
	}
}

func benchmarkScript(b *testing.B, document droid.Document, before []byte) {
	b.Helper()
	for _, peer := range []string{"jq", "managed", "system", "mawk", "gawk", "busybox", "original-awk"} {
		b.Run("peer="+peer, func(b *testing.B) {
			d := delivery.Delivery{
				Kind: delivery.Merge, Namespace: "coder", Resource: "5f0e9a3c-0000-4000-8000-000000000001",
			}
			home, tools, program := b.TempDir(), b.TempDir(), "awk"
			file := filepath.Join(home, ".factory", "settings.json")
			written := file
			switch peer {
			case "managed":
				d.Kind, written = delivery.Managed, filepath.Join(home, ".factory", "coder-managed.json")
			case "system":
				d.Kind, written = delivery.System, droid.SystemSettingsPath
				if _, err := os.Stat(filepath.Dir(written)); os.Geteuid() != 0 || err == nil {
					b.Skip("it would change this machine")
				}
				b.Cleanup(func() { _ = os.RemoveAll(filepath.Dir(written)) })
			}
			script, environment := d.Script(), d.Environment(delivery.Content{Document: document, Token: "token"})
			switch peer {
			case "jq":
				script, program = jqJob, "jq"
				environment = map[string]string{"WANTED": base64.StdEncoding.EncodeToString(document.Text)}
			case "managed", "system":
				program = "dash"
			default:
				at, err := exec.LookPath(peer)
				require.NoError(b, err)
				require.NoError(b, os.Symlink(at, filepath.Join(tools, "awk"))) // busybox goes by the name it is called by
			}
			require.NoError(b, os.Mkdir(filepath.Dir(file), 0o700))
			command := func() (*exec.Cmd, *bytes.Buffer) {
				require.NoError(b, os.WriteFile(file, before, 0o600))
				if written != file {
					require.NoError(b, os.RemoveAll(written))
				}
				cmd, out := exec.Command("dash", "-c", script), new(bytes.Buffer)
				cmd.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + home}
				for name, value := range environment {
					cmd.Env = append(cmd.Env, name+"="+strings.Replace(value, "$HOME", home, 1)) // as Coder's agent does
				}
				cmd.Stdout, cmd.Stderr = out, out
				return cmd, out
			}
			for b.Loop() {
				b.StopTimer()
				cmd, out := command()
				b.StartTimer()
				require.NoError(b, cmd.Run(), out)
			}
			text, err := os.ReadFile(written)
			require.NoError(b, err)
			require.Regexp(b, `(?s)"custom:coder/m1".*"custom:coder/m2"`, string(text))
			if len(before) > 1<<19 && program != "dash" { // the others end too soon to be seen
				cmd, out := command()
				b.ReportMetric(peak(b, cmd, out, program), "peak-bytes")
			}
		})
	}
}

// settingsFile is a user's file of about that size, with models of their own, one of ours that is out of date, and
// other values.
func settingsFile(b *testing.B, size int, layout string) []byte {
	b.Helper()
	entries, rules := []string{
		`{"model":"m1","id":"custom:coder/m1","baseUrl":"https://old/anthropic","apiKey":"old","provider":"anthropic"}`,
	}, []string{}
	each := map[string]int{"many-lines": 430, "one-line": 210}[layout] // bytes of an entry and a rule
	for n := 0; n*each < size; n++ {
		entries = append(entries, fmt.Sprintf(
			`{"model":"m%d","id":"custom:own-%d","baseUrl":"http://127.0.0.1/v1","apiKey":"k","provider":"openai"}`, n, n))
		rules = append(rules, fmt.Sprintf(
			`{"path":"/srv/%d","allow":["read",1.5e3,true,null],"note":"tab\there, é","deep":[{"a":[{"b":{}}]}]}`, n))
	}
	text := fmt.Sprintf(`{"theme":"dark","customModels":[%s],"rules":[%s]}`, strings.Join(entries, ","),
		strings.Join(rules, ","))
	var out bytes.Buffer
	if layout == "one-line" {
		require.NoError(b, json.Compact(&out, []byte(text)))
	} else {
		require.NoError(b, json.Indent(&out, []byte(text), "", "  "))
	}
	return out.Bytes()
}

package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/delivery"
	"github.com/coder/terraform-provider-factory/internal/delivery/deliverytest"
)

// jqJob does with jq what the script does, without its checks: no lock, no comments kept, no layout kept, no message.
const jqJob = `umask 077
f=$HOME/.factory/settings.json
mkdir -p "${f%/*}"
wanted=$(printf %s "${FACTORY_CUSTOM_MODELS_CODER#*:}" | base64 -d)
export wanted
jq '(env.wanted | fromjson) as $new
  | .customModels = ([.customModels[]? | select((.id // "") | startswith("custom:coder/") | not)] + $new.customModels)' "$f" > "$f.tmp"
chmod 600 "$f.tmp"
mv -f "$f.tmp" "$f"
`

var (
	owned    = delivery.Owned{Namespace: deliverytest.Namespace}
	document = []byte(deliverytest.Document("", "m1", "m2"))
)

// BenchmarkScript is the script in dash, by each awk, and the same job by jq.
func BenchmarkScript(b *testing.B) {
	d := delivery.Delivery{Owned: owned, Resource: "5f0e9a3c-0000-4000-8000-000000000001", SettingsPath: "~/.factory/settings.json"}
	eachFile(b, func(b *testing.B, before []byte) {
		for _, peer := range []string{"jq", "mawk", "gawk", "busybox", "original-awk"} {
			b.Run("peer="+peer, func(b *testing.B) {
				home, tools, script, program := b.TempDir(), b.TempDir(), d.Script(), "awk"
				if peer == "jq" {
					script, program = jqJob, "jq"
				} else {
					at, err := exec.LookPath(peer)
					require.NoError(b, err)
					require.NoError(b, os.Symlink(at, filepath.Join(tools, "awk"))) // busybox goes by the name it is called by
				}
				file := filepath.Join(home, ".factory", "settings.json")
				require.NoError(b, os.Mkdir(filepath.Dir(file), 0o700))
				command := func() (*exec.Cmd, *bytes.Buffer) {
					require.NoError(b, os.WriteFile(file, before, 0o600))
					cmd, out := exec.Command("dash", "-c", script), new(bytes.Buffer)
					cmd.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + home, delivery.Variable("coder") + "=" + d.Value(document, false)}
					cmd.Stdout, cmd.Stderr = out, out
					return cmd, out
				}
				for b.Loop() {
					b.StopTimer()
					cmd, out := command()
					b.StartTimer()
					require.NoError(b, cmd.Run(), out)
				}
				checkMerged(b, file)
				if len(before) > 1<<19 { // with a small file it ends too soon to be seen
					cmd, out := command()
					b.ReportMetric(peak(b, cmd, out, program), "peak-bytes")
				}
			})
		}
	})
}

// BenchmarkMerge is the merge for local_path, in this process, and encoding/json that decodes and encodes the same file.
func BenchmarkMerge(b *testing.B) {
	eachFile(b, func(b *testing.B, before []byte) {
		b.Run("peer=encoding-json", func(b *testing.B) {
			for b.Loop() {
				var file any
				require.NoError(b, json.Unmarshal(before, &file))
				_, err := json.MarshalIndent(file, "", "  ")
				require.NoError(b, err)
			}
		})
		b.Run("peer=merge", func(b *testing.B) {
			for b.Loop() {
				_, err := delivery.Merge(before, delivery.Wanted{Owned: owned, Document: document}, false)
				require.NoError(b, err)
			}
		})
	})
}

// eachFile runs a benchmark on settings files of three sizes, on many lines and on one.
func eachFile(b *testing.B, run func(b *testing.B, file []byte)) {
	b.Helper()
	for _, size := range []int{4, 20, 1024} {
		for _, layout := range []string{"many-lines", "one-line"} {
			b.Run(fmt.Sprintf("size=%dKiB/layout=%s", size, layout), func(b *testing.B) { run(b, settingsFile(b, size<<10, layout)) })
		}
	}
}

// settingsFile is a person's file of about that size, with models of their own, one of ours that is out of date, and other values.
func settingsFile(b *testing.B, size int, layout string) []byte {
	b.Helper()
	entries, rules := []string{deliverytest.Entry("m1", "0")}, []string{}
	each := map[string]int{"many-lines": 430, "one-line": 210}[layout] // bytes of an entry and a rule
	for n := 0; n*each < size; n++ {
		entries = append(entries, fmt.Sprintf(`{"model":"m%d","id":"custom:own-%d","baseUrl":"http://127.0.0.1/v1","apiKey":"k","provider":"openai"}`, n, n))
		rules = append(rules, fmt.Sprintf(`{"path":"/srv/%d","allow":["read",1.5e3,true,null],"note":"tab\there, é","deep":[{"a":[{"b":{}}]}]}`, n))
	}
	text := fmt.Sprintf(`{"theme":"dark","customModels":[%s],"rules":[%s]}`, strings.Join(entries, ","), strings.Join(rules, ","))
	var out bytes.Buffer
	if layout == "one-line" {
		require.NoError(b, json.Compact(&out, []byte(text)))
	} else {
		require.NoError(b, json.Indent(&out, []byte(text), "", "  "))
	}
	return out.Bytes()
}

// checkMerged checks that a file has both models.
func checkMerged(b *testing.B, file string) {
	b.Helper()
	text, err := os.ReadFile(file)
	require.NoError(b, err)
	for _, name := range []string{"m1", "m2"} {
		require.Contains(b, string(text), `"custom:coder/`+name+`"`)
	}
}

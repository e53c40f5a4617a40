package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/settings/settingstest"
)

// largeFile is a settings file of at least size bytes, with one entry of ours that is out of date.
func largeFile(tb testing.TB, size int, indent bool) []byte {
	tb.Helper()
	var entries, rules []string
	for n := 0; n*450 < size; n++ {
		entries = append(entries, fmt.Sprintf(`{"model":"m%d","id":"custom:own-%d","baseUrl":"http://127.0.0.1/v1","apiKey":"k","provider":"openai"}`, n, n))
		rules = append(rules, fmt.Sprintf(`{"path":"/srv/%d","allow":["read","write",1.5e3,true,null],"note":"tab\there, é","deep":[{"a":[{"b":{}}]}]}`, n))
	}
	entries[0] = `{"model":"old","id":"custom:coder/m1","index":0,"baseUrl":"http://old/v1","noImageSupport":false,"provider":"openai"}`
	text := `{"theme":"dark","customModels":[` + strings.Join(entries, ",") + `],"rules":[` + strings.Join(rules, ",") + `]}`
	if !indent {
		return []byte(text)
	}
	var out bytes.Buffer
	require.NoError(tb, json.Indent(&out, []byte(text), "", "  "))
	return out.Bytes()
}

// BenchmarkMerge is a merge for local_path, in this process.
func BenchmarkMerge(b *testing.B) {
	document := wanted(settingstest.Document("m1", "m1", "m2"))
	for _, size := range []int{4 << 10, 1 << 20} {
		for _, indent := range []bool{true, false} {
			file := largeFile(b, size, indent)
			name := fmt.Sprintf("%d_KiB,_one_line", size>>10)
			if indent {
				name = fmt.Sprintf("%d_KiB,_many_lines", size>>10)
			}
			b.Run(name, func(b *testing.B) {
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				for b.Loop() {
					merged, err := Merge(file, document, false)
					if err != nil || len(merged) == len(file) {
						b.Fatal("not merged", err)
					}
				}
			})
		}
	}
}

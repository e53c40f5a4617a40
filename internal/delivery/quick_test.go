package delivery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

func TestQuick(t *testing.T) {
	s := droid.Settings{Namespace: "coder", Models: []droid.Model{{Model: "m", Provider: "openai"}, {Model: "n", Provider: "openai", APIKey: "${XKEY}"}}, DefaultModel: "m", Managed: &droid.Managed{}}
	doc, _ := s.Render(droid.Gateway{URL: "https://c/x", Token: "t", TokenVariable: "TT"})
	plain, _ := s.Render(droid.Gateway{URL: "https://c/x", Token: "t"})
	for _, d := range []Delivery{{Kind: Managed, Namespace: "coder", Resource: "r1"}, {Kind: System, Namespace: "coder", Resource: "r1", SettingsPath: ""}, {Kind: Merge, Namespace: "coder", Resource: "r1"}} {
		home := t.TempDir()
		if d.Kind == System {
			d.SettingsPath = filepath.Join(home, "factory", "settings.json")
		}
		script := d.Script()
		t.Log(d.Kind, len(script))
		_ = os.WriteFile("/tmp/x/"+d.Kind+".sh", []byte(script), 0o700)
		for _, sh := range []string{"dash", "bash", "mksh", "busybox sh"} {
			for range 2 {
				c := doc
				if d.Kind == Merge {
					c = plain
				}
				env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
				for k, v := range d.Environment(Content{Document: c, Token: "t"}) {
					env = append(env, k+"="+strings.ReplaceAll(v, "$HOME", home))
				}
				cmd := exec.Command("dash", "-c", strings.ReplaceAll(script, "/bin/sh -c", sh+" -c"))
				cmd.Env = env
				out, err := cmd.CombinedOutput()
				fmt.Printf("%s %s: %v\n%s", d.Kind, sh, err, out)
			}
			text, _ := os.ReadFile(strings.Replace(d.Path(), "~", home, 1))
			if d.Kind == System || d.Kind == Managed {
				if string(text) != wholeFile(doc)+"\n" {
					t.Errorf("%s", text)
				}
			}
			_ = os.Remove(strings.Replace(d.Path(), "~", home, 1))
		}
	}
}

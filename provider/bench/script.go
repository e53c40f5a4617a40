package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/coder/terraform-provider-factory/internal/droid"
	"github.com/coder/terraform-provider-factory/internal/settings"
)

// jqJob does by jq what the script does, without its checks: no lock, no comments kept, no layout kept, no message.
const jqJob = `umask 077
f=$HOME/.factory/settings.json
mkdir -p "${f%/*}"
models=$(printf %s "${FACTORY_CUSTOM_MODELS_CODER#*:}" | base64 -d)
export models
jq '(env.models | fromjson).customModels as $new
  | .customModels = ([.customModels[]? | select((.id // "") | startswith("custom:coder/") | not)] + $new)' "$f" > "$f.tmp"
chmod 600 "$f.tmp"
mv -f "$f.tmp" "$f"
`

const settingsPath = "~/.factory/settings.json"

type jobResult struct {
	Ours, JQ, Ratio          float64 // milliseconds, medians; the ratio paired by round
	OurPrograms, JQPrograms  []string
	Script, Document, Before int // bytes
}

type sizeRow struct {
	Awk, Layout          string
	Small, Medium, Large float64 // milliseconds at 4 KiB, 64 KiB and 1 MiB, medians
	PerMiB, Slope        float64 // ms per MiB between the last two, and the power of the size that the time grows with
}

// awks are the programs called awk, by what Debian names them.
var awks = []string{"mawk", "gawk", "busybox", "original-awk"}

const kib = 1024

// job is one script with the programs that it may use.
type job struct {
	script, path, document string
}

// run gives a home its settings file and the script to dash; it returns what that took.
func (j job) run(home string, before []byte) (time.Duration, error) {
	file := filepath.Join(home, ".factory", "settings.json")
	if err := write(file, string(before)); err != nil {
		return 0, err
	}
	cmd := exec.Command("dash", "-c", j.script)
	cmd.Env = []string{"PATH=" + j.path, "HOME=" + home, settings.Variable("coder") + "=" + j.document}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("the script: %w\n%s", err, out.String())
	}
	after, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(after, []byte("custom:coder/gpt-5.2-codex")) {
		return 0, fmt.Errorf("the script did not do its work: %s", out.String())
	}
	return took, nil
}

// toolbox is a folder with links to the programs that scripts use. Where count is set, each is a script that notes its name.
func toolbox(dir, awk, count string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for _, name := range []string{"awk", "base64", "cat", "chmod", "cp", "id", "jq", "mkdir", "mv", "readlink", "rm", "rmdir", "sleep", "wc"} {
		program := name
		if name == "awk" {
			program = awk
		}
		at, err := exec.LookPath(program)
		if err != nil {
			return "", fmt.Errorf("the bench needs %s: install it", program)
		}
		if count == "" {
			err = os.Symlink(at, filepath.Join(dir, name)) // busybox goes by the name it is called by
		} else {
			err = os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho "+name+" >> "+count+"\nexec "+at+" \"$@\"\n"), 0o700)
		}
		if err != nil {
			return "", err
		}
	}
	return dir, nil
}

// wantedDocument is what the README's example delivers.
func wantedDocument() ([]byte, error) {
	limit := int64(32000)
	return droid.Settings{Namespace: "coder", Models: []droid.Model{
		{Model: "claude-sonnet-4-5-20250929", Provider: droid.Anthropic, MaxOutputTokens: &limit},
		{Model: "gpt-5.2-codex", Provider: droid.OpenAI},
	}}.Render(droid.Gateway{URL: "https://coder.example.com/api/v2/ai-gateway", Token: "owner-session-token-of-usual-size"})
}

// delivery is how a resource gets into the workspace.
var delivery = settings.Delivery{
	Owned:        settings.Owned{Namespace: "coder"},
	Resource:     "5f0e9a3c-0000-4000-8000-000000000001",
	SettingsPath: settingsPath,
}

// delivered is all that one resource brings to a workspace: the script and the document in its variable.
func delivered() (string, error) {
	document, err := wantedDocument()
	return delivery.Script() + string(document) + delivery.Value(document), err
}

// settingsFile is a person's settings of about a size: models of their own and one of ours that is out of date, then nested
// values of every kind.
func settingsFile(size int, pretty bool) ([]byte, error) {
	type object = map[string]any
	model := func(id string) object {
		return object{"model": "m", "id": id, "baseUrl": "http://127.0.0.1:8080/v1", "apiKey": "k", "displayName": "A \"name\"", "provider": "openai"}
	}
	doc := object{"theme": "dark", "sessionDefaultSettings": object{"autonomyMode": "spec"}}
	models, rules := []object{model("custom:mine"), model("custom:coder/gpt-5.2-codex")}, []object{}
	for text := []byte(nil); ; {
		doc["customModels"], doc["rules"] = models, rules
		var err error
		if text, err = json.Marshal(doc); err != nil {
			return nil, err
		}
		if pretty {
			if text, err = json.MarshalIndent(doc, "", "  "); err != nil {
				return nil, err
			}
		}
		if len(text) >= size {
			return text, nil
		}
		for range 1 + (size-len(text))/1000 { // grows towards the size from below
			n := strconv.Itoa(len(rules))
			models = append(models, model("custom:own-"+n))
			rules = append(rules, object{"path": "/srv/project/" + n, "allow": []any{"read", "write", 1.5e3, true, nil}, "note": "tab\there, é and \\ too",
				"deep": []any{object{"a": []any{object{"b": object{}}}}}})
		}
	}
}

func benchScript(r *report, scratch, _ string) error {
	document, err := wantedDocument()
	if err != nil {
		return err
	}
	encoded := delivery.Value(document)
	script := delivery.Script()
	home := filepath.Join(scratch, "home")
	r.Job.Script, r.Job.Document = len(script), len(encoded)
	if err := benchJob(r, scratch, home, script, encoded); err != nil {
		return err
	}
	for _, awk := range awks {
		path, err := toolbox(filepath.Join(scratch, "tools-"+awk), awk, "")
		if err != nil {
			return err
		}
		for _, pretty := range []bool{true, false} {
			row := sizeRow{Awk: awk, Layout: "one line"}
			if pretty {
				row.Layout = "many lines"
			}
			progress("the script with %s, %s", awk, row.Layout)
			if err := row.measure(job{script, path, encoded}, home, pretty, min(r.Rounds, 7)); err != nil {
				return err
			}
			r.Sizes = append(r.Sizes, row)
			r.promise("script, "+awk+", "+row.Layout+", power of the size up to 1 MiB", row.Slope, 1.15, "%.2f")
		}
	}
	return nil
}

// measure finds how the time grows with the file, start-up apart, which the smallest file stands for.
func (s *sizeRow) measure(j job, home string, pretty bool, rounds int) error {
	sizes := []int{4 * kib, 64 * kib, 1024 * kib}
	times := make([][]float64, len(sizes))
	real := make([]float64, len(sizes))
	for range rounds {
		for i, size := range sizes {
			text, err := settingsFile(size, pretty)
			if err != nil {
				return err
			}
			took, err := j.run(home, text)
			if err != nil {
				return err
			}
			real[i] = float64(len(text))
			times[i] = append(times[i], took.Seconds()*1000)
		}
	}
	s.Small, s.Medium, s.Large = median(times[0]), median(times[1]), median(times[2])
	s.PerMiB = (s.Large - s.Medium) / (real[2] - real[1]) * 1024 * kib
	s.Slope = math.Log((s.Large-s.Small)/(s.Medium-s.Small)) / math.Log((real[2]-real[0])/(real[1]-real[0]))
	return nil
}

func benchJob(r *report, scratch, home, script, encoded string) error {
	before, err := settingsFile(4*kib, true)
	if err != nil {
		return err
	}
	r.Job.Before = len(before)
	path, err := toolbox(filepath.Join(scratch, "tools-job"), "mawk", "")
	if err != nil {
		return err
	}
	progress("the script and the same job by jq")
	var mine, jq []float64
	for range 5 * r.Rounds {
		for _, j := range []struct {
			script string
			times  *[]float64
		}{{script, &mine}, {jqJob, &jq}} {
			took, err := job{j.script, path, encoded}.run(home, before)
			if err != nil {
				return err
			}
			*j.times = append(*j.times, took.Seconds()*1000)
		}
	}
	r.Job.Ours, r.Job.JQ, r.Job.Ratio = median(mine), median(jq), paired(mine, jq)
	r.promise("script on 4 KiB, to the same job by jq", r.Job.Ratio, 1, "%.2f")
	count := filepath.Join(scratch, "count")
	counting, err := toolbox(filepath.Join(scratch, "tools-count"), "mawk", count)
	if err != nil {
		return err
	}
	for s, programs := range map[string]*[]string{script: &r.Job.OurPrograms, jqJob: &r.Job.JQPrograms} {
		if _, err := (job{s, counting, encoded}).run(home, before); err != nil {
			return err
		}
		names, err := os.ReadFile(count)
		if err != nil {
			return err
		}
		if err := os.Remove(count); err != nil {
			return err
		}
		*programs = strings.Fields(string(names))
	}
	return nil
}

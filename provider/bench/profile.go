package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/coder/terraform-provider-factory/provider"
)

// startRow is what a plugin does before its main function.
type startRow struct {
	Peer     string
	MB, Init float64 // size of the binary in MB; milliseconds, median
	Packages int     // with something to initialise
}

// linkedRow is how much of the binary a module is.
type linkedRow struct {
	Module string
	MB     float64
}

// shareRow is a part of the CPU time of the provider's processes in each of [commands] for each of [numbers], in per cent.
type shareRow struct {
	Part  string
	Share []float64
}

// measureStart looks at what every start of a plugin costs before main, and at what is linked into ours.
func measureStart(r *report, plugins map[string]string, scratch string) error {
	for _, p := range peers {
		if p.source == "" || p.text {
			continue
		}
		progress("start of %s", p.Name)
		size, err := os.Stat(plugins[p.kind()])
		if err != nil {
			return err
		}
		row := startRow{Peer: p.Name, MB: float64(size.Size()) / 1e6}
		var times []float64
		for range 2 * r.Rounds {
			cmd := exec.Command(plugins[p.kind()]) // without Terraform's cookie it says so and ends
			cmd.Env = []string{"GODEBUG=inittrace=1"}
			out, _ := cmd.CombinedOutput() // ends with 1
			found := initLine.FindAllStringSubmatch(string(out), -1)
			total := 0.0
			for _, m := range found {
				ms, err := strconv.ParseFloat(m[1], 64)
				if err != nil {
					return err
				}
				total += ms
			}
			times, row.Packages = append(times, total), len(found)
		}
		row.Init = median(times)
		r.Starts = append(r.Starts, row)
	}
	return measureLinked(r, scratch)
}

// initLine is a package's line of the runtime's trace, but for the runtime's own, which is the same in every program.
var initLine = regexp.MustCompile(`(?m)^init (?:[^r ]|r[^u ])\S* @.*?, ([\d.]+) ms clock`)

// measureLinked finds the modules that most of the binary is of.
func measureLinked(r *report, scratch string) error {
	whole := filepath.Join(scratch, "with-symbols")
	if out, err := exec.Command("go", "build", "-tags=slim", "-trimpath", "-o", whole, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	out, err := exec.Command("go", "tool", "nm", "-size", whole).Output()
	if err != nil {
		return fmt.Errorf("go tool nm: %w", err)
	}
	sizes := make(map[string]float64)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !slices.Contains([]string{"t", "T", "r", "R"}, fields[2]) {
			continue
		}
		if size, err := strconv.ParseFloat(fields[1], 64); err == nil {
			sizes[moduleOf(fields[3])] += size / 1e6
		}
	}
	for module, mb := range sizes {
		r.Linked = append(r.Linked, linkedRow{module, mb})
	}
	slices.SortFunc(r.Linked, func(a, b linkedRow) int { return cmp.Or(cmp.Compare(b.MB, a.MB), strings.Compare(a.Module, b.Module)) })
	r.Linked = r.Linked[:12]
	return nil
}

// moduleOf is the module that a symbol is of, as far as its name tells.
func moduleOf(symbol string) string {
	for _, prefix := range []string{"type:.eq.", "go:itab.*", "type:*", "*"} {
		symbol = strings.TrimPrefix(symbol, prefix)
	}
	parts := strings.SplitN(symbol, "/", 4)
	switch {
	case strings.HasPrefix(symbol, "runtime.") || strings.HasPrefix(symbol, "go:") || strings.HasPrefix(symbol, "type:"):
		return "Go's runtime, with its tables of functions and types"
	case len(parts) >= 3 && strings.Contains(parts[0], "."):
		last, _, _ := strings.Cut(parts[2], ".")
		if len(parts) == 4 {
			last = parts[2]
		}
		return parts[0] + "/" + parts[1] + "/" + last
	case len(parts) == 2 && strings.Contains(parts[0], "."):
		name, _, _ := strings.Cut(parts[1], ".")
		return parts[0] + "/" + name
	}
	return "Go's standard library"
}

// profileFolder names the folder that the provider's processes leave their CPU profiles in.
const profileFolder = "FACTORY_BENCH_PROFILE"

// runProfiled is the provider, under a CPU profile from main on.
func runProfiled(folder string) error {
	f, err := os.CreateTemp(folder, "cpu")
	if err != nil {
		return err
	}
	runtime.SetCPUProfileRate(1000) // a process lives a fraction of a second
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = provider.Serve(context.Background(), "bench", false)
	pprof.StopCPUProfile()
	return cmp.Or(err, f.Close())
}

// parts are what the provider's CPU time is spent on, by the packages whose functions do it or have it done by others.
var parts = []struct {
	name     string
	packages []string
}{
	{"this provider", []string{"github.com/coder/terraform-provider-factory/"}},
	{"calls to the deployment: Coder's SDK, net/http", []string{"github.com/coder/", "net/http", "net."}},
	{"terraform-plugin-framework", []string{"github.com/hashicorp/terraform-plugin-framework"}},
	{"values on the wire: terraform-plugin-go, msgpack", []string{"github.com/hashicorp/terraform-plugin-go", "github.com/vmihailenco/"}},
	{"gRPC and protobuf", []string{"google.golang.org/", "golang.org/x/net/"}},
	{"go-plugin: its key pair and its log", []string{"github.com/hashicorp/", "github.com/mattn", "github.com/fatih"}},
}

const (
	collecting = "garbage collection"
	rest       = "scheduling, system calls and the profile itself"
)

// measureProfile finds what the provider's processes do.
func measureProfile(r *report, t tree, scratch string) error {
	us := peers[len(peers)-1]
	progress("profile of %s", us.Name)
	folder := func(n int, command string) string {
		return filepath.Join(scratch, fmt.Sprintf("profiles-%s-%d", command, n))
	}
	for range r.Rounds {
		for _, n := range numbers {
			if err := t.clear(us, n); err != nil {
				return err
			}
			for _, command := range commands {
				if err := os.MkdirAll(folder(n, command), 0o700); err != nil {
					return err
				}
				if _, _, err := t.terraform(us, n, []string{profileFolder + "=" + folder(n, command)}, command); err != nil {
					return err
				}
			}
		}
	}
	for _, name := range partNames() {
		r.Shares = append(r.Shares, shareRow{Part: name})
	}
	for _, n := range numbers {
		for _, command := range commands {
			files, err := filepath.Glob(filepath.Join(folder(n, command), "cpu*"))
			if err != nil {
				return err
			}
			shares, err := sharesOf(files)
			if err != nil {
				return err
			}
			for i := range r.Shares {
				row := &r.Shares[i]
				row.Share = append(row.Share, shares[row.Part])
			}
		}
	}
	return nil
}

func partNames() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return append(names, collecting, rest)
}

// sharesOf adds profiles up by part.
func sharesOf(files []string) (map[string]float64, error) {
	spent, all := make(map[string]float64), 0.0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p, err := profile.ParseData(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, s := range p.Sample {
			spent[partOf(s)] += float64(s.Value[len(s.Value)-1])
			all += float64(s.Value[len(s.Value)-1])
		}
	}
	if all == 0 {
		return nil, fmt.Errorf("%d profiles without a sample", len(files))
	}
	for name := range spent {
		spent[name] *= 100 / all
	}
	return spent, nil
}

// partOf is the part of the innermost function that belongs to one.
func partOf(s *profile.Sample) string {
	background := rest
	for _, location := range s.Location {
		for _, line := range location.Line {
			name := line.Function.Name
			if strings.HasPrefix(name, "runtime.gcBgMarkWorker") || strings.HasPrefix(name, "runtime.bgsweep") || strings.HasPrefix(name, "runtime.bgscavenge") {
				background = collecting
			}
			for _, p := range parts {
				if slices.ContainsFunc(p.packages, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
					return p.name
				}
			}
		}
	}
	return background
}

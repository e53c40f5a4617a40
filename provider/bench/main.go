// Command bench measures the provider, its script and its merge against their peers, and writes docs/performance.md.
//
// Everything is measured in one run, in rounds that interleave the peers, and compared round by round, so that what else
// the machine does meanwhile falls on all of them alike.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed performance.md.tmpl
var page string

// report is what the page shows.
type report struct {
	Date, CPU, Go, Terraform, Load string
	Cores, Rounds                  int
	Budgets                        []budget
	Terraforms                     []terraformRow
	Processes                      []processRow
	Unreachable                    []unreachableRow
	Starts                         []startRow
	Linked                         []linkedRow
	Shares                         []shareRow
	Binary                         float64 // MB
	Job                            jobResult
	Sizes                          []sizeRow
}

// budget is a promise and whether it was kept.
type budget struct {
	What, Limit, Measured string
	Kept                  bool
}

func (r *report) promise(what string, measured, limit float64, format string) {
	r.Budgets = append(r.Budgets, budget{what, fmt.Sprintf(format, limit), fmt.Sprintf(format, measured), measured <= limit})
}

func main() {
	if isPlugin(os.Args[0]) {
		os.Exit(runPlugin(os.Args))
	}
	rounds := flag.Int("rounds", 11, "rounds of each comparison")
	provider := flag.String("provider", "bin/terraform-provider-factory", "the provider, as `make build` leaves it")
	out := flag.String("out", "docs/performance.md", "the page to write")
	flag.Parse()
	if err := run(*rounds, *provider, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rounds int, provider, out string) error {
	scratch, err := os.MkdirTemp("", "factory-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	r := &report{Rounds: rounds, Cores: runtime.NumCPU(), Go: strings.TrimPrefix(runtime.Version(), "go"), Date: time.Now().UTC().Format("2006-01-02")}
	if r.CPU, r.Terraform, r.Load, err = machine(); err != nil {
		return err
	}
	if provider, err = filepath.Abs(provider); err != nil {
		return err
	}
	size, err := os.Stat(provider)
	if err != nil {
		return fmt.Errorf("the provider is not built: %w", err)
	}
	r.Binary = float64(size.Size()) / 1e6
	for _, part := range []func(*report, string, string) error{benchTerraform, benchScript} {
		if err := part(r, scratch, provider); err != nil {
			return err
		}
	}
	r.promise("stripped binary, MB", r.Binary, 25, "%.1f")
	var text bytes.Buffer
	if err := template.Must(template.New("page").Parse(page)).Execute(&text, r); err != nil {
		return err
	}
	for _, b := range r.Budgets {
		fmt.Fprintf(os.Stderr, "%-60s %8s, budget %8s  kept: %v\n", b.What, b.Measured, b.Limit, b.Kept)
	}
	return os.WriteFile(out, text.Bytes(), 0o644)
}

// machine says what the numbers were measured on.
func machine() (cpu, terraform, load string, err error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", "", "", fmt.Errorf("the bench needs Linux: %w", err)
	}
	if m := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(info); m != nil {
		cpu = string(m[1])
	}
	version, err := exec.Command("terraform", "version").Output()
	if err != nil {
		return "", "", "", fmt.Errorf("terraform version: %w", err)
	}
	terraform, _, _ = strings.Cut(strings.TrimPrefix(string(version), "Terraform v"), "\n")
	average, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", "", "", err
	}
	load, _, _ = strings.Cut(string(average), " ")
	return cpu, terraform, load, nil
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// paired is the median of the ratios of two series, round by round.
func paired(ours, theirs []float64) float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / theirs[i]
	}
	return median(ratios)
}

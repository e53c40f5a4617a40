// Command links checks the links of the Markdown files that it is given: that the file is there and has the anchor.
// With -external it asks for each address on the web as well.
package main

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	external := flag.Bool("external", false, "also ask for addresses on the web")
	flag.Parse()
	broken := 0
	addresses := map[string]string{} // by address, the file that has it
	for _, file := range flag.Args() {
		text, err := os.ReadFile(file)
		if err != nil {
			fmt.Println(err)
			broken++
			continue
		}
		for _, target := range targets(string(text)) {
			if strings.Contains(target, "://") {
				addresses[target] = file
				continue
			}
			if problem := local(file, target); problem != "" {
				fmt.Printf("%s: %s: %s\n", file, target, problem)
				broken++
			}
		}
	}
	if *external {
		for _, address := range slices.Sorted(maps.Keys(addresses)) {
			if problem := ask(address); problem != "" {
				fmt.Printf("%s: %s: %s\n", addresses[address], address, problem)
				broken++
			}
		}
	}
	if broken > 0 {
		os.Exit(1)
	}
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	code    = regexp.MustCompile("(?ms)^ *```.*?^ *```|`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(<?([^)\s>]+)|(?m:^\[[^\]]+\]:\s*(\S+))|(?:src|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$|(?:id|name)="([^"]+)"`)
	markup  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)|[^\p{L}\p{N} _-]`)
)

// targets are what the links of a text lead to.
func targets(text string) (found []string) {
	for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		if target := match[1] + match[2] + match[3]; !strings.HasPrefix(target, "mailto:") {
			found = append(found, target)
		}
	}
	return found
}

// local says what is wrong with a link to a file of the repository.
func local(from, target string) string {
	name, anchor, _ := strings.Cut(target, "#")
	file := from
	if name != "" {
		file = filepath.Join(filepath.Dir(from), name)
	}
	if _, err := os.Stat(file); err != nil {
		return "there is no such file"
	}
	if anchor == "" || filepath.Ext(file) != ".md" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	if !slices.Contains(anchors(string(text)), anchor) {
		return "there is no such heading"
	}
	return ""
}

// anchors are the names that GitHub gives to the headings of a text, and those that it has itself.
func anchors(text string) (names []string) {
	seen := map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		if match[2] != "" {
			names = append(names, match[2])
			continue
		}
		name := strings.ReplaceAll(strings.ToLower(markup.ReplaceAllString(strings.TrimSpace(match[1]), "$1")), " ", "-")
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name]-1)
		}
		names = append(names, name)
	}
	return names
}

// ask says what is wrong with an address. A server that refuses programs, or is busy, says nothing about the page.
func ask(address string) (problem string) {
	client := http.Client{Timeout: 20 * time.Second}
	for range 3 {
		res, err := client.Get(address)
		if err != nil {
			problem = err.Error()
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode < 400 || res.StatusCode == http.StatusForbidden || res.StatusCode == http.StatusTooManyRequests {
			return ""
		}
		problem = res.Status
	}
	return problem
}

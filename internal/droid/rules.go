package droid

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckProvider refuses every word but the three protocols.
func CheckProvider(s string) error { return OneOf(s, Providers()...) }

// OneOf refuses what is none of these words.
func OneOf(s string, words ...string) error {
	if slices.Contains(words, s) {
		return nil
	}
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	last := len(words) - 1
	return errors.New("must be " + strings.Join(quoted[:last], ", ") + " or " + quoted[last])
}

// ProviderAdvice says what to write where a model's provider is none of [Providers]. Most often it is the name of a gateway
// provider, or a protocol in capitals.
func ProviderAdvice(s string) string {
	if CheckProvider(strings.ToLower(s)) == nil {
		return fmt.Sprintf("Write provider = %q.", strings.ToLower(s))
	}
	if CheckInstance(s) != nil {
		return "Write the protocol that the model's API speaks."
	}
	const named = "For a gateway provider named %q, write provider = %q and gateway_provider = %q."
	if protocol := Protocol(s); protocol != "" {
		return fmt.Sprintf(named, s, protocol, s)
	}
	return fmt.Sprintf("If %q is the name of a gateway provider, write gateway_provider = %q, and in provider the protocol that it speaks.", s, s)
}

// CheckEffort refuses every word that is no reasoning effort of Droid.
func CheckEffort(s string) error {
	return OneOf(s, "none", "dynamic", "off", "minimal", "low", "medium", "high", "xhigh", "max")
}

// CheckTokens refuses what is no number of tokens.
func CheckTokens(n int64) error {
	if n < 1 {
		return errors.New("must be at least 1")
	}
	return nil
}

// CheckText refuses what can't stand in a name: nothing at all, a control character, or text that is not UTF-8.
func CheckText(s string) error {
	switch {
	case s == "":
		return errors.New("must not be empty")
	case !utf8.ValidString(s):
		return errors.New("must be valid UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }):
		return errors.New("must not hold a control character or a line separator") // Go escapes the latter, and Droid does not
	}
	return nil
}

// CheckName refuses what can't end an id: Droid's ids have no white space, and ours are ASCII, so that one is found in a
// file however it is escaped there.
func CheckName(s string) error {
	switch {
	case s == "":
		return errors.New("must not be empty")
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("must be printable ASCII without white space, as it ends Droid's id of the model")
	}
	return nil
}

// CheckHeaderName refuses what is no HTTP token, and the header that is the provider's own.
func CheckHeaderName(s string) error {
	const allowed = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch {
	case s == "":
		return errors.New("must not be empty")
	case strings.Trim(s, allowed) != "":
		return errors.New("must be an HTTP header's name: letters, digits and !#$%&'*+-.^_`|~, or Droid hangs")
	case strings.EqualFold(s, GovernanceHeader):
		return errors.New("must not be " + GovernanceHeader + ": it carries the session token and is set with api_key")
	}
	return nil
}

// CheckHeaderValue refuses what Droid hangs on when it goes into a header.
func CheckHeaderValue(s string) error {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return errors.New("must be printable ASCII without line breaks, or Droid hangs")
		}
	}
	return nil
}

// CheckKey refuses what is no credential, such as one with a line break pasted along.
func CheckKey(s string) error {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return errors.New("must be printable ASCII without white space, or Droid hangs")
		}
	}
	return nil
}

var instance = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CheckInstance refuses what can't be the name of a provider's instance in the AI Gateway, or a namespace.
func CheckInstance(s string) error {
	if len(s) > 63 || !instance.MatchString(s) {
		return errors.New("must be lower-case letters and digits, in words joined by single hyphens, at most 63 characters")
	}
	return nil
}

// CheckURL refuses what can't be the root of a server's addresses.
func CheckURL(s string) error {
	const longest = 2000
	if len(s) > longest {
		return fmt.Errorf("must be at most %d characters long", longest)
	}
	if strings.Contains(s, "${") {
		return errors.New("must not hold ${…}: Droid expands variables in api_key only, and hangs on such an address")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("must be an address such as https://coder.example.com")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must begin with https:// or http://")
	case u.Hostname() == "":
		return errors.New("must name a host, such as https://coder.example.com")
	case u.User != nil:
		return errors.New("must not hold a user name or password")
	case strings.ContainsAny(s, "?#"):
		return errors.New("must not hold a query (?) or a fragment (#): paths are appended to it")
	}
	return nil
}

// CheckAccessURL refuses what is no root of a Coder deployment: the gateway's path is appended to it.
func CheckAccessURL(s string) error {
	if err := CheckURL(s); err != nil {
		return err
	}
	host, path := splitURL(s)
	if root, _, found := strings.Cut(path+"/", "/api/v2/"); found {
		return errors.New("must be the root of the Coder deployment, without /api/v2: write " + host + root)
	}
	return nil
}

// CheckGatewayURL refuses what is no root of an AI Gateway: the name of a gateway provider is appended to it, and for some
// protocols /v1.
func CheckGatewayURL(s string) error {
	if err := CheckURL(s); err != nil {
		return err
	}
	host, path := splitURL(s)
	if root := gatewayRoot(path); root != path {
		return errors.New("must be the root of the AI Gateway, without a gateway provider or /v1 at its end: write " + host + root)
	}
	return nil
}

// splitURL separates a checked URL's path, without slashes at its end, from what stands before it.
func splitURL(s string) (host, path string) {
	start := strings.Index(s, "://") + len("://")
	if slash := strings.IndexByte(s[start:], '/'); slash >= 0 {
		return s[:start+slash], strings.TrimRight(s[start+slash:], "/")
	}
	return s, ""
}

// gatewayRoot takes off what follows the path of a gateway's root. Where neither the root nor /v1 tells where that is, only the usual
// names of gateway providers count: another last word may be a proxy's.
func gatewayRoot(path string) string {
	for _, known := range []string{GatewayPath, OlderGatewayPath} {
		if before, _, found := strings.Cut(path, known+"/"); found {
			return before + known
		}
	}
	base := path
	for _, call := range []string{"/messages", "/responses", "/chat/completions", "/models"} {
		base = strings.TrimSuffix(base, call)
	}
	named := strings.TrimSuffix(base, "/v1")
	slash := max(strings.LastIndexByte(named, '/'), 0)
	if last := named[slash:]; named != base || last == "/"+UsualGatewayProvider(Anthropic) || last == "/"+UsualGatewayProvider(OpenAI) {
		return strings.TrimRight(named[:slash], "/")
	}
	return path
}

// CheckBaseURL refuses an address under which Droid would not find the model's API: Droid appends /v1/messages,
// /responses or /chat/completions, as the provider has it.
func CheckBaseURL(provider, s string) error {
	if err := CheckURL(s); err != nil {
		return err
	}
	path := strings.TrimRight(s, "/")
	for _, end := range []string{"/messages", "/responses", "/chat/completions"} {
		if strings.HasSuffix(path, end) {
			return fmt.Errorf("must not end in %s: Droid appends it", end)
		}
	}
	if provider == Anthropic && strings.HasSuffix(path, "/v1") {
		return errors.New("must not end in /v1 for provider anthropic: Droid appends /v1/messages")
	}
	return nil
}

// LacksVersion tells whether an address is a bare host where Droid expects the API's version at its end, as in
// https://api.openai.com/v1.
func LacksVersion(provider, s string) bool {
	u, err := url.Parse(s)
	return err == nil && provider != Anthropic && strings.Trim(u.Path, "/") == ""
}

// thinking matches the models for which Droid thinks unless told not to.
var thinking = regexp.MustCompile(`^claude-(sonnet|haiku|opus)-4-5`)

// MinThinkingOutput is the least maxOutputTokens that Droid honours while a Claude model thinks.
const MinThinkingOutput = 24577

// RaisesOutput tells whether Droid sends a larger limit than the model's MaxOutputTokens.
func (m Model) RaisesOutput() bool {
	if m.Provider != Anthropic || m.MaxOutputTokens == nil || *m.MaxOutputTokens >= MinThinkingOutput {
		return false
	}
	if m.EnableThinking != nil {
		return *m.EnableThinking && strings.HasPrefix(m.Model, "claude-")
	}
	return thinking.MatchString(m.Model)
}

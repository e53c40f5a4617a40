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

// CheckProvider returns an error unless s is an API format that Droid speaks.
func CheckProvider(s string) error { return OneOf(s, Providers()...) }

// OneOf returns an error unless s is one of the words.
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

// ProviderAdvice says what to write if a model's provider is none of [Providers]. Usually it is the name of a gateway
// provider, or an API format in capitals.
func ProviderAdvice(s string) string {
	if CheckProvider(strings.ToLower(s)) == nil {
		return fmt.Sprintf("Write provider = %q.", strings.ToLower(s))
	}
	if CheckSlug(s) != nil {
		return "Write the API format that the model's server has."
	}
	const advice = "For a gateway provider named %q, write gateway_provider = %q, and in provider %s."
	if protocol := Protocol(s); protocol != "" {
		return fmt.Sprintf(advice, s, s, strconv.Quote(protocol))
	}
	return fmt.Sprintf(advice, s, s, "its API format")
}

// CheckEffort returns an error unless s is a reasoning effort of Droid.
func CheckEffort(s string) error {
	return OneOf(s, "none", "dynamic", "off", "minimal", "low", "medium", "high", "xhigh", "max")
}

// CheckTokens returns an error unless n is a number of tokens.
func CheckTokens(n int64) error {
	if n < 1 {
		return errors.New("must be at least 1")
	}
	return nil
}

// CheckText returns an error unless s can be a name: not empty, UTF-8, without control characters.
func CheckText(s string) error {
	switch {
	case s == "":
		return errors.New("must not be empty")
	case !utf8.ValidString(s):
		return errors.New("must be valid UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }):
		return errors.New("must not hold a control character or a line separator") // Go escapes it, and Droid does not
	}
	return nil
}

func checkTrimmed(s string) error {
	trimmed := strings.TrimSpace(s)
	if err := CheckText(trimmed); err != nil || trimmed == s {
		return err
	}
	return fmt.Errorf("must not begin or end with white space: write %s", Quoted(trimmed))
}

// CheckName returns an error unless s can end an id: Droid's ids have no white space, and ours are ASCII, so that the
// script finds one in a file however it is escaped there.
func CheckName(s string) error {
	switch {
	case s == "":
		return errors.New("must not be empty")
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("must be printable ASCII without white space, because it ends an id; display_name takes any text")
	}
	return nil
}

// CheckHeaderName returns an error unless s is an HTTP token, and not the header that is the provider's own.
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

// CheckHeaderValue returns an error if Droid would hang on s in a header.
func CheckHeaderValue(s string) error {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return errors.New("must be printable ASCII without line breaks, or Droid hangs")
		}
	}
	return nil
}

// CheckKey returns an error unless s can be a credential. A line break is easily pasted along.
func CheckKey(s string) error {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return errors.New("must be printable ASCII without white space, or Droid hangs")
		}
	}
	return nil
}

var unbraced = regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*$`)

func checkAPIKey(s string) error {
	if unbraced.MatchString(s) {
		return errors.New(`must have braces around the name of a variable: write "$${NAME}". Droid does not replace $NAME`)
	}
	return CheckKey(s)
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CheckSlug returns an error unless s can be the name of a gateway provider, or a namespace.
func CheckSlug(s string) error {
	if len(s) > 63 || !slug.MatchString(s) {
		return errors.New("must be lower-case letters and digits, in words joined by single hyphens, at most 63 characters")
	}
	return nil
}

// CheckURL returns an error unless s can be the root of a server's addresses.
func CheckURL(s string) error {
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

// CheckAccessURL returns an error unless s is the root of a Coder deployment: the gateway's path is appended to it.
func CheckAccessURL(s string) error {
	if err := CheckURL(s); err != nil {
		return err
	}
	if host, path := splitURL(s); path != "" {
		return errors.New("must be the root of the Coder deployment, without a path: write " + host)
	}
	return nil
}

// CheckGatewayURL returns an error unless s is the root of an AI Gateway: the name of a gateway provider is appended to
// it, and for some API formats /v1.
func CheckGatewayURL(s string) error {
	if err := CheckURL(s); err != nil {
		return err
	}
	if _, path := splitURL(s); belowGateway.MatchString(path) {
		return errors.New("must be the root of the AI Gateway, without a gateway provider or /v1 at its end")
	}
	return nil
}

// belowGateway matches the path of something in a gateway. A last word that is no usual name may be a proxy's.
var belowGateway = regexp.MustCompile(`/(v1|anthropic|openai)(/|$)|(` + GatewayPath + `|` + OlderGatewayPath + `)/.`)

// splitURL separates a checked URL's path, without slashes at its end, from what stands before it.
func splitURL(s string) (host, path string) {
	start := strings.Index(s, "://") + len("://")
	if slash := strings.IndexByte(s[start:], '/'); slash >= 0 {
		return s[:start+slash], strings.TrimRight(s[start+slash:], "/")
	}
	return s, ""
}

// CheckBaseURL returns an error if Droid would not find the model's API under s: it appends /v1/messages, /responses or
// /chat/completions, depending on provider.
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

// CheckSettingsPath returns an error unless s is a file's path in a workspace.
func CheckSettingsPath(s string) error {
	switch {
	case strings.ContainsRune(s, 0):
		return errors.New("must not hold a NUL")
	case !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "~/"), strings.HasSuffix(s, "/"):
		return errors.New("must be a file's path that begins with / or ~/ (a Linux or macOS workspace)")
	}
	return nil
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

package deployment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/go-retryablehttp"
)

// answerLimit bounds one answer, in bytes. A vendor that resells hundreds of models describes them in less than 1 MiB.
const answerLimit = 4 << 20

// connections bounds what a process opens to one server. A build then shakes hands three times at most, and many workspaces that
// start at once do not meet the limits of the gateway so soon.
const connections = 3

// transport is one for all calls of the process, with the proxy and the certificates that the environment names.
var transport = sync.OnceValue(func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost = connections, connections
	return t
})

func (c Config) client() (*codersdk.Client, error) {
	u, err := url.Parse(c.AccessURL)
	if err != nil {
		return nil, err
	}
	return codersdk.New(u, codersdk.WithSessionToken(c.Token), codersdk.WithHTTPClient(c.http())), nil
}

// http makes a call again if the fault may pass: after HTTP status 429 and 5xx, and on a broken connection.
func (c Config) http() *http.Client {
	again := retryablehttp.NewClient()
	again.Logger = nil
	again.HTTPClient = &http.Client{Transport: whole{withHeaders{c.Headers, transport()}}, CheckRedirect: sameHost}
	again.RetryMax = 4
	again.CheckRetry, again.Backoff = mayPass, pause
	again.ErrorHandler = func(res *http.Response, err error, _ int) (*http.Response, error) {
		if err != nil {
			return nil, err // without the response of a redirect that was refused
		}
		return res, nil
	}
	return again.StandardClient()
}

// final is an error that another try would meet again.
type final struct{ error }

var errTooLarge = final{fmt.Errorf("the answer is larger than %d MiB", answerLimit>>20)}

// mayPass tells whether another try may fare better before the time is over.
func mayPass(ctx context.Context, res *http.Response, err error) (bool, error) {
	if errors.As(err, new(final)) {
		return false, nil
	}
	again, ctxErr := retryablehttp.DefaultRetryPolicy(ctx, res, err)
	if !again || res == nil {
		return again, ctxErr
	}
	if until, bounded := ctx.Deadline(); bounded && res.Header.Get("Retry-After") != "" && time.Now().Add(pause(0, 0, 0, res)).After(until) {
		return false, nil
	}
	text, ok := res.Body.(*text)
	return !ok || !disabled(res.StatusCode, text.all), nil
}

// pause is the time before the next try: what the server asks for, or longer each time. No two workspaces wait equally long.
func pause(_, _ time.Duration, try int, res *http.Response) time.Duration {
	step := 100 * time.Millisecond
	if res != nil {
		step = 350 * time.Millisecond
		if res.Header.Get("Retry-After") != "" {
			return retryablehttp.DefaultBackoff(step, time.Second, try, res)
		}
	}
	return time.Duration((0.75 + rand.Float64()/2) * float64(try+1) * float64(step))
}

// whole reads an answer to its end, so that one that breaks off is a fault of the call.
type whole struct{ next http.RoundTripper }

// text is the body of an answer that was read to its end.
type text struct {
	io.Reader
	all []byte
}

func (*text) Close() error { return nil }

func (t whole) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(io.LimitReader(res.Body, answerLimit+1))
	switch {
	case err != nil:
		return nil, err
	case len(all) > answerLimit:
		return nil, errTooLarge
	}
	res.Body = &text{bytes.NewReader(all), all}
	return res, nil
}

// sameHost keeps the session token with the host that it was meant for. When net/http follows a redirect, it removes only the
// headers that it set itself.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Hostname() != first.Hostname() || first.Scheme == "https" && next.URL.Scheme != "https" || len(via) > 5 {
		return final{fmt.Errorf("redirected to %s, which would be given the session token", next.URL.Host)}
	}
	return nil
}

type withHeaders struct {
	headers map[string]string
	next    http.RoundTripper
}

func (t withHeaders) RoundTrip(req *http.Request) (*http.Response, error) {
	if len(t.headers) > 0 {
		req = req.Clone(req.Context())
		for name, value := range t.headers {
			req.Header.Set(name, value)
		}
	}
	return t.next.RoundTrip(req)
}

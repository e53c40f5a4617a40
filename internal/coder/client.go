package coder

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/coder/v2/codersdk"
	"github.com/hashicorp/go-retryablehttp"
)

// answerLimit bounds one answer, in bytes. A vendor that resells hundreds of models describes them in less than 1 MiB.
const answerLimit = 4 << 20

// connections bounds what a process opens to one server. A build then shakes hands three times at most, once with HTTP/2, and many
// workspaces that start at once do not meet the limits of the gateway so soon.
const connections = 3

// transport is one for all calls of the process, with the proxy and the certificates that the environment names.
var transport = sync.OnceValue(func() http.RoundTripper {
	system := http.DefaultTransport.(*http.Transport).Clone()
	system.MaxConnsPerHost, system.MaxIdleConnsPerHost = connections, connections
	roots := bundle(os.Getenv)
	if roots == nil {
		return system
	}
	few := system.Clone()
	if few.TLSClientConfig == nil {
		few.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	few.TLSClientConfig.RootCAs = roots
	return bundleFirst{few, system, new(atomic.Bool)}
})

// onConnection is a context for a call that does something once it has a connection, and each time that it fails to get one.
func onConnection(ctx context.Context, do func()) context.Context {
	failed := func(err error) {
		if err != nil {
			do()
		}
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:          func(httptrace.GotConnInfo) { do() },
		DNSDone:          func(dns httptrace.DNSDoneInfo) { failed(dns.Err) },
		ConnectDone:      func(_, _ string, err error) { failed(err) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) { failed(err) },
	})
}

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
	again.HTTPClient = &http.Client{Transport: c.each(), CheckRedirect: sameHost}
	again.RetryMax = 100 // the time ends it
	again.CheckRetry, again.Backoff = mayPass, pause
	again.ErrorHandler = func(res *http.Response, err error, _ int) (*http.Response, error) {
		if err != nil {
			return nil, err // without the response of a redirect that was refused
		}
		return res, nil
	}
	return &http.Client{Transport: counted{again.StandardClient().Transport}}
}

// once makes one call, and follows no redirect.
func (c Config) once(req *http.Request) (*http.Response, error) {
	return c.each().RoundTrip(req)
}

// each makes one try of a call.
func (c Config) each() http.RoundTripper { return whole{withHeaders{c.Headers, transport()}} }

// counted counts the broken connections of each call.
type counted struct{ next http.RoundTripper }

type countKey struct{}

func (t counted) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.next.RoundTrip(req.WithContext(context.WithValue(req.Context(), countKey{}, new(int))))
}

// final is an error that another try would meet again.
type final struct{ error }

var errTooLarge = final{fmt.Errorf("the answer is larger than %d MiB", answerLimit>>20)}

// mayPass tells whether another try may fare better before the time is over. Nobody there is nobody there a second later, most often.
func mayPass(ctx context.Context, res *http.Response, err error) (bool, error) {
	if errors.As(err, new(final)) {
		return false, nil
	}
	again, ctxErr := retryablehttp.DefaultRetryPolicy(ctx, res, err)
	if err != nil {
		broken, _ := ctx.Value(countKey{}).(*int)
		*broken++
		return again && *broken <= 3, ctxErr
	}
	if until, bounded := ctx.Deadline(); again && bounded && time.Until(until) < max(longestPause, asked(res)) {
		return false, nil // the answer tells more than that the time is over
	}
	text, ok := res.Body.(*text)
	return again && (!ok || !disabled(res.StatusCode, text.all)), ctxErr
}

const longestPause = 700 * time.Millisecond

// pause is the time before the next try: what the server asks for, or one that no two workspaces have in common.
func pause(_, _ time.Duration, try int, res *http.Response) time.Duration {
	if res == nil {
		return time.Duration(try+1) * 100 * time.Millisecond
	}
	if wait := asked(res); wait > 0 {
		return wait
	}
	return longestPause/3 + rand.N(longestPause*2/3) //nolint:gosec // this is no secret
}

// asked is how long a busy server asks its clients to wait; 0 if it does not say.
func asked(res *http.Response) time.Duration {
	if res.Header.Get("Retry-After") == "" {
		return 0
	}
	return retryablehttp.DefaultBackoff(0, 0, 0, res)
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

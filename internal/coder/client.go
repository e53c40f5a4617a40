package coder

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/coder/coder/v2/codersdk"
)

// answerLimit bounds one answer, in bytes. A vendor that resells hundreds of models describes them in less than 1 MiB.
const answerLimit = 4 << 20

// connections bounds what a process opens to one server, so that many workspaces that start at once do not meet the
// limits of the gateway so soon. A call that hangs keeps one of them.
const connections = 4

// transport is one for all calls of the process, with the proxy and the certificates that the environment names.
var transport = sync.OnceValue(func() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost = connections, connections
	return t
})

func (c Config) client() *codersdk.Client {
	u, err := url.Parse(c.AccessURL)
	if err != nil { // it has been checked already
		u = new(url.URL)
	}
	return codersdk.New(u, codersdk.WithSessionToken(c.Token), codersdk.WithHTTPClient(c.http()))
}

func (c Config) http() *http.Client {
	return &http.Client{Transport: retrying{c.once()}, CheckRedirect: sameHost}
}

// once makes one try of a call, and follows no redirect.
func (c Config) once() http.RoundTripper { return whole{withHeaders{c.Headers, transport()}} }

// retrying makes a call again while its fault may pass and there is time: after HTTP status 429 and 5xx, and up to
// three times on a broken connection.
type retrying struct{ next http.RoundTripper }

func (t retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	for broken := 0; ; {
		res, err := t.next.RoundTrip(req)
		var wait time.Duration
		switch {
		case err == nil && !busy(res.StatusCode):
			return res, nil
		case err == nil:
			wait = pause(res)
		case broken == 3 || lasting(err):
			return nil, err
		default:
			broken++
			wait = time.Duration(broken) * 100 * time.Millisecond
		}
		ctx := req.Context()
		// The answer at hand says more than that the time is over.
		if until, bounded := ctx.Deadline(); bounded && time.Until(until) < max(longestPause, wait) {
			return res, err
		}
		select {
		case <-ctx.Done():
			return res, err
		case <-time.After(wait):
		}
		if req.GetBody != nil {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			req = req.Clone(ctx)
			req.Body = body
		}
	}
}

// busy tells whether another try may get another answer.
func busy(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
}

// lasting tells whether another try would meet the same error.
func lasting(err error) bool {
	return errors.Is(err, errTooLarge) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(x509.UnknownAuthorityError))
}

const longestPause = 700 * time.Millisecond

// pause is what a busy server asks for, or a time that no two workspaces have in common.
func pause(res *http.Response) time.Duration {
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	return longestPause/3 + rand.N(longestPause*2/3) //nolint:gosec // this is no secret
}

// whole reads an answer to its end, so that one that breaks off is a fault of the call.
type whole struct{ next http.RoundTripper }

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", answerLimit>>20)

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
	res.Body = io.NopCloser(bytes.NewReader(all))
	return res, nil
}

// sameHost keeps the session token with the host that it was meant for. When net/http follows a redirect, it removes
// only the headers that it set itself.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Hostname() != first.Hostname() || first.Scheme == "https" && next.URL.Scheme != "https" || len(via) > 5 {
		return elsewhere{next.URL.Host}
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

// get reads JSON. Where a path is not known to the server, it tries the next one.
func get[T any](ctx context.Context, client *codersdk.Client, path string, more ...string) (answer T, err error) {
	res, err := client.Request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return answer, err
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode == http.StatusNotFound && len(more) > 0:
		return get[T](ctx, client, more[0], more[1:]...)
	case res.StatusCode != http.StatusOK:
		return answer, codersdk.ReadBodyAsError(res)
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("the answer is no list: %w", err)
	}
	return answer, nil
}

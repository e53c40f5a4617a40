package coder

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// ask gets a page as every call does.
func ask(t *testing.T, url string) (status int, body string, took time.Duration, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	begin := time.Now()
	res, err := Config{}.http().Do(req)
	if err != nil {
		return 0, "", time.Since(begin), err
	}
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text), time.Since(begin), res.Body.Close()
}

// What a server does to a call first, and what comes of the call.
func TestCallsAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fault  func(w http.ResponseWriter)
		times  int32 // how often the fault happens
		calls  int32 // at least
		status int
	}{
		{"busy", func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }, 2, 3, 200},
		{"busy for a second", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 1, 2, 200},
		{"busy for longer than there is time", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 9, 1, 503},
		{"unavailable", func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, 1, 2, 200},
		{
			"unavailable to the end", func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, 1000, 5, 503,
		},
		{"refused is an answer", func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, 9, 1, 403},
		{"broken off", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"data":[`))
		}, 2, 3, 200},
		{"hung up", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 2, 3, 200},
		{"too large", func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 10<<20)) }, 9, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) <= c.times {
					c.fault(w)
					return
				}
				_, _ = w.Write([]byte("whole"))
			}))
			t.Cleanup(s.Close)
			status, body, took, err := ask(t, s.URL)
			if c.times < 9 || c.calls == 1 {
				assert.Equal(t, c.calls, calls.Load())
			}
			assert.GreaterOrEqual(t, calls.Load(), c.calls)
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.status == 200, body == "whole")
			assert.Equal(t, c.status == 0, err != nil)
			assert.Less(t, took, checkTime)
		})
	}
}

// Ten workspaces start at once, and the gateway takes two requests at a time: nothing is lost.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := codertest.New(t)
	var now atomic.Int32
	s.Fail = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/v1/models") {
			return false
		}
		defer now.Add(-1)
		if now.Add(1) > 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		time.Sleep(50 * time.Millisecond)
		return false
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			catalog := configOf(s).ReadCatalog(context.Background(), gatewayOf(s), FromUpstream)
			assert.Nil(t, catalog.Problem)
			assert.Len(t, catalog.Offers, 4)
		})
	}
	wg.Wait()
}

package coder

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBundle(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		assert.Nil(t, bundle(os.Getenv))
		return
	}
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	for text, want := range map[string]bool{
		certificate:                           true,
		"# a comment\n" + certificate:         true,
		certificate[:60] + "\n" + certificate: true,
		certificate[:60]:                      false,
		"":                                    false,
	} {
		file := filepath.Join(t.TempDir(), "roots.pem")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		roots := bundle(func(name string) string { return map[string]string{"SSL_CERT_FILE": file}[name] })
		if !want {
			assert.Nil(t, roots, text)
			continue
		}
		one := x509.NewCertPool()
		one.AddCert(server.Certificate())
		require.NotNil(t, roots, text)
		assert.True(t, one.Equal(roots), text)
	}
	assert.Nil(t, bundle(func(string) string { return filepath.Join(t.TempDir(), "absent") }))
}

// A server whose authority only the system's certificates have is reached, and later calls don't try without them. One that nobody
// knows, or whose certificate is for another name, is refused.
func TestBundleFirst(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes
	server.StartTLS()
	t.Cleanup(server.Close)
	with := func(name string, certificates ...*x509.Certificate) http.RoundTripper {
		pool := x509.NewCertPool()
		for _, c := range certificates {
			pool.AddCert(c)
		}
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS12}}
	}
	known, stranger, another := with("", server.Certificate()), with(""), with("another.test", server.Certificate())
	post := func(c bundleFirst) (string, error) {
		req, err := http.NewRequest(http.MethodPost, server.URL, &closable{Reader: strings.NewReader("a body")})
		if err != nil {
			return "", err
		}
		req.GetBody = func() (io.ReadCloser, error) { return &closable{Reader: strings.NewReader("a body")}, nil }
		res, err := (&http.Client{Transport: c}).Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		return string(text), err
	}
	for name, c := range map[string]struct {
		few, system http.RoundTripper
		err         string
		unknown     bool
	}{
		"in the bundle":      {known, stranger, "", false},
		"in the system only": {stranger, known, "", true},
		"nowhere":            {stranger, stranger, "signed by unknown authority", true},
		"another name":       {another, known, "another.test", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried := &counting{next: c.few}
			client := bundleFirst{tried, c.system, new(atomic.Bool)}
			for range 2 {
				text, err := post(client)
				if c.err != "" {
					require.ErrorContains(t, err, c.err)
					continue
				}
				require.NoError(t, err)
				assert.Equal(t, "a body", text)
			}
			assert.Equal(t, c.unknown, client.unknown.Load())
			assert.Equal(t, map[bool]int32{true: 1, false: 2}[c.unknown], tried.calls.Load())
		})
	}
}

// closable can't be read once it is closed.
type closable struct {
	io.Reader
	closed atomic.Bool
}

func (c *closable) Read(p []byte) (int, error) {
	if c.closed.Load() {
		return 0, os.ErrClosed
	}
	return c.Reader.Read(p)
}

func (c *closable) Close() error {
	c.closed.Store(true)
	return nil
}

type counting struct {
	next  http.RoundTripper
	calls atomic.Int32
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.calls.Add(1)
	return c.next.RoundTrip(req)
}

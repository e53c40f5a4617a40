package coder

import (
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
)

// bundles are the files in which Linux distributions keep all root certificates of the system.
var bundles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}

// bundle has the certificates of the file that SSL_CERT_FILE names, or of the first bundle. It is nil if there are none, and on systems
// that keep their certificates in another way.
func bundle(getenv func(string) string) *x509.CertPool {
	if runtime.GOOS != "linux" {
		return nil
	}
	files := bundles
	if file := getenv("SSL_CERT_FILE"); file != "" {
		files = []string{file}
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			if pool := x509.NewCertPool(); pool.AppendCertsFromPEM(text) {
				return pool
			}
			return nil
		}
	}
	return nil
}

// bundleFirst makes a call with few root certificates. If the server's authority is not among them, it makes this call and all later ones
// with the system's. Go loads those from the bundle and once more from folders, which costs an apply several milliseconds for nothing on
// most systems.
type bundleFirst struct {
	few, system http.RoundTripper
	unknown     *atomic.Bool
}

func (t bundleFirst) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.unknown.Load() {
		res, err := t.few.RoundTrip(req)
		if !errors.As(err, new(x509.UnknownAuthorityError)) {
			return res, err
		}
		t.unknown.Store(true)
		if req.GetBody != nil { // nothing was sent, but the body was closed
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			req = req.Clone(req.Context())
			req.Body = body
		}
	}
	return t.system.RoundTrip(req)
}

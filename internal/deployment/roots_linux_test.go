package deployment

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What crypto/x509 finds on this machine, we find: a place that a release of Go adds is missed here.
func TestSystemRootsAreGos(t *testing.T) {
	t.Parallel()
	all, err := x509.SystemCertPool()
	require.NoError(t, err)
	roots := systemRoots(os.Getenv)
	if roots == nil {
		roots = x509.NewCertPool()
	}
	assert.True(t, all.Equal(roots))
}

func TestSystemRootsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	one := x509.NewCertPool()
	one.AddCert(server.Certificate())
	for name, c := range map[string]struct {
		file, inFolder string
		want           *x509.CertPool
	}{
		"file":             {certificate, "", one},
		"folder":           {"", certificate, one},
		"both":             {"# a comment\n" + certificate + certificate, "\n" + certificate, one},
		"after a torn one": {certificate[:60] + "\n" + certificate, "", one},
		"torn":             {certificate[:60], certificate[60:], nil},
		"none":             {"", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, folder := filepath.Join(dir, "file"), filepath.Join(dir, "folder")
			require.NoError(t, os.Mkdir(folder, 0o700))
			require.NoError(t, os.WriteFile(file, []byte(c.file), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "a.pem"), []byte(c.inFolder), 0o600))
			require.NoError(t, os.Symlink("a.pem", filepath.Join(folder, "b.0")))
			env := map[string]string{"SSL_CERT_FILE": file, "SSL_CERT_DIR": folder + ":" + filepath.Join(dir, "absent")}
			roots := systemRoots(func(name string) string { return env[name] })
			if c.want == nil {
				assert.Nil(t, roots)
				return
			}
			require.NotNil(t, roots)
			assert.True(t, c.want.Equal(roots))
		})
	}
}

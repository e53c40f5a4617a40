package provider

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// serving is the variable that makes the test binary serve the provider instead: "plugin", or "debugger".
const serving = "FACTORY_TEST_SERVING"

// startServing starts Serve in a process of its own, and returns what it prints.
func startServing(t *testing.T, how, clientCertificate string) *bufio.Reader {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{
		serving + "=" + how, "PLUGIN_CLIENT_CERT=" + clientCertificate, "PLUGIN_UNIX_SOCKET_DIR=" + t.TempDir(),
		"PLUGIN_PROTOCOL_VERSIONS=5,6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "TMPDIR=" + t.TempDir(),
	}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed
	})
	return bufio.NewReader(out)
}

// handshake returns the address in the line that Terraform reads, and the certificate.
func handshake(t *testing.T, out *bufio.Reader) (socket string, server *x509.Certificate) {
	t.Helper()
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	fields := strings.Split(strings.TrimSuffix(line, "\n"), "|")
	require.Len(t, fields, 6, line)
	assert.Equal(t, []string{"1", "6", "unix"}, fields[:3])
	assert.Equal(t, "grpc", fields[4])
	der, err := base64.RawStdEncoding.DecodeString(fields[5])
	require.NoError(t, err)
	server, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return fields[3], server
}

// newClient makes a client's key pair, and its certificate as the environment has it.
func newClient(t *testing.T) (pair tls.Certificate, text string) {
	t.Helper()
	pair, err := newPair()
	require.NoError(t, err)
	return pair, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
}

// Without a certificate that the server could check, go-plugin does it in its own way.
func TestServeFallsBackToGoPlugin(t *testing.T) {
	t.Parallel()
	_, server := handshake(t, startServing(t, "plugin", "nonsense"))
	assert.Equal(t, elliptic.P521(), server.PublicKey.(*ecdsa.PublicKey).Curve)
}

// Only the client whose certificate is in the environment gets in, and it can tell the server from another.
func TestServeRefusesStrangers(t *testing.T) {
	t.Parallel()
	client, text := newClient(t)
	stranger, _ := newClient(t)
	socket, server := handshake(t, startServing(t, "plugin", text))
	assert.Equal(t, elliptic.P256(), server.PublicKey.(*ecdsa.PublicKey).Curve)
	roots := x509.NewCertPool()
	roots.AddCert(server)
	for name, c := range map[string]struct {
		certificates []tls.Certificate
		roots        *x509.CertPool
		refused      string
	}{
		"the client":            {[]tls.Certificate{client}, roots, ""},
		"no certificate":        {nil, roots, "certificate required"},
		"another's certificate": {[]tls.Certificate{stranger}, roots, "unknown certificate authority"},
		"another server":        {[]tls.Certificate{client}, x509.NewCertPool(), "signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("unix", socket)
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			secure := tls.Client(conn, &tls.Config{
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					return &append(c.certificates, tls.Certificate{})[0], nil // even if the server would not take it
				},
				RootCAs: c.roots, ServerName: "localhost", NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
			})
			require.NoError(t, secure.SetDeadline(time.Now().Add(30*time.Second)))
			_, err = secure.Read(make([]byte, 1)) // a gRPC server speaks first
			if c.refused == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.refused)
		})
	}
}

// A Terraform that this process did not start attaches to it. The other tests of real Terraform cover those that start
// it.
func TestServeDebugger(t *testing.T) {
	t.Parallel()
	out := startServing(t, "debugger", "")
	var attach []string
	for attach == nil {
		line, err := out.ReadString('\n')
		require.NoError(t, err)
		attach = regexp.MustCompile(`TF_REATTACH_PROVIDERS='(.*)'`).FindStringSubmatch(line)
	}
	c := emptyCLI(t)
	c.env = append(c.env, "TF_CLI_CONFIG_FILE="+os.DevNull) // no other provider is there
	write(t, filepath.Join(c.dir, "main.tf"), ourProvider+`resource "factory_custom_models" "droid" {}`)
	env := codertest.Environ{"TF_REATTACH_PROVIDERS": attach[1]}
	c.run(t, env, "init", "-no-color")
	assert.Contains(t, c.run(t, env, "plan", "-no-color"), "# factory_custom_models.droid will be created")
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, level, want string }{
		{"", "", "off"},
		{"TF_LOG", "INFO", ""},
		{"TF_LOG_PROVIDER", "DEBUG", ""},
		{"TF_LOG_SDK", "TRACE", "TRACE"},
	} {
		env := map[string]string{c.asked: c.level}
		quiet(func(name string) string { return env[name] }, func(name, value string) error { env[name] = value; return nil })
		assert.Equal(t, c.want, env["TF_LOG_SDK"], "%s=%s", c.asked, c.level)
	}
}

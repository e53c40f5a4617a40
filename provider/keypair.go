package provider

// This file saves 13 % of a plan: go-plugin makes a P-521 key pair at each start and signs with it, which is slow. The
// pair made here is of the curve P-256, and used in the same way: each side knows the other by a certificate made for
// this one process. Once a plugin may choose the curve, which https://github.com/hashicorp/go-plugin/pull/281 proposes,
// this file can go, and Serve can leave everything to providerserver.Serve.

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"google.golang.org/grpc"
)

// servePlugin does what tf6server.Serve does, which has no option for a key pair.
func servePlugin(server func() tfprotov6.ProviderServer) {
	const limit = 256 << 20
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  6,
			MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		TLSProvider: func() (*tls.Config, error) {
			if config := mutualTLS(os.Getenv("PLUGIN_CLIENT_CERT")); config != nil &&
				handOver(config.Certificates[0].Certificate[0]) {
				return config, nil
			}
			return nil, nil // go-plugin then does it in its own way
		},
		Plugins: plugin.PluginSet{"provider": &tf6server.GRPCProviderPlugin{GRPCProvider: server, Name: sourceAddress}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(limit), grpc.MaxSendMsgSize(limit))...)
		},
	})
}

// mutualTLS lets in only the client that has this certificate. It is nil if there is none that it could check.
func mutualTLS(client string) *tls.Config {
	clients := x509.NewCertPool()
	pair, err := newPair()
	if err != nil || !clients.AppendCertsFromPEM([]byte(client)) {
		return nil
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, ServerName: "localhost",
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, RootCAs: clients,
	}
}

// newPair makes a key with a certificate that is its own authority.
func newPair() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	certificate := x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:  x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-30 * time.Second), NotAfter: time.Now().AddDate(30, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, &certificate, &certificate, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// handOver adds the certificate to the line that tells Terraform where the plugin listens: go-plugin leaves its sixth
// field empty where the key pair is not its own. Go-plugin prints nothing else, and replaces os.Stdout itself after
// that line.
func handOver(certificate []byte) bool {
	r, w, err := os.Pipe()
	if err != nil {
		return false
	}
	terraform := os.Stdout
	os.Stdout = w
	go func() {
		line, _ := bufio.NewReader(r).ReadString('\n') // whatever it is, Terraform judges it
		if fields := strings.Split(strings.TrimSuffix(line, "\n"), "|"); len(fields) >= 6 && fields[5] == "" {
			fields[5] = base64.RawStdEncoding.EncodeToString(certificate)
			line = strings.Join(fields, "|") + "\n"
		}
		_, _ = io.WriteString(terraform, line)
	}()
	return true
}

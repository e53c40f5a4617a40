package coder

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/coder/coder/v2/codersdk"

	"github.com/coder/terraform-provider-factory/internal/droid"
)

// elsewhere is the error of a call that was sent on to another host.
type elsewhere struct{ host string }

func (e elsewhere) Error() string {
	return fmt.Sprintf("redirected to %s, which would be given the session token", e.host)
}

// unreachable says why no call got an answer, and what helps.
func (c Config) unreachable(err error) Problem {
	p := droid.Problem{Summary: "Coder Deployment Unreachable", Error: cause(err)}
	says := func(summary, cause, remedy string) { p.Summary, p.Cause, p.Remedy = summary, cause, remedy }
	// What a server in the way said.
	var page string
	sdkErr, answered := codersdk.AsError(err)
	if answered && strings.HasPrefix(sdkErr.Message, "unexpected non-JSON response") {
		page = sdkErr.Detail
	}
	var dns *net.DNSError
	var other elsewhere
	const loginPage = "A proxy with a login may stand in front of Coder. Set headers in the provider block to what " +
		"lets a machine through, such as a service token, or use an address without that proxy."
	switch {
	case errors.As(err, &dns):
		says(p.Summary, fmt.Sprintf("The name %s in %s has no address in DNS.", droid.Quoted(dns.Name), c.AccessURL),
			"Correct the name, or the DNS of the machine that runs Terraform.")
	case errors.Is(err, syscall.ECONNREFUSED):
		says(p.Summary, fmt.Sprintf("Nothing listens at %s.", c.AccessURL), "Check the host and the port, and whether "+
			"Coder runs. From the machine that runs Terraform, localhost is that machine itself.")
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, new(tls.RecordHeaderError)):
		says("Wrong Scheme in the Access URL", fmt.Sprintf("The server at %s speaks HTTP, not HTTPS.", c.AccessURL),
			"Write http:// in place of https://, or the port on which it speaks HTTPS.")
	case strings.Contains(page, "HTTPS"):
		says("Wrong Scheme in the Access URL", fmt.Sprintf("The server at %s speaks HTTPS, not HTTP.", c.AccessURL),
			"Write https:// in place of http://, or the port on which it speaks HTTP.")
	case errors.As(err, new(x509.UnknownAuthorityError)):
		says("Certificate of the Deployment Not Trusted",
			fmt.Sprintf("The certificate of %s is self-signed, or is from a private certificate authority.", c.AccessURL),
			"Set SSL_CERT_FILE in the environment of the machine that runs Terraform, such as Coder's provisioner, to a file "+
				"with the authority's certificate. Droid needs it too: set NODE_EXTRA_CA_CERTS in the workspace.")
	case errors.As(err, new(*tls.CertificateVerificationError)):
		says("Certificate of the Deployment Not Valid",
			fmt.Sprintf("The certificate of %s has expired, or is for another name.", c.AccessURL),
			"Use the name that the certificate is for, or ask a Coder administrator to renew it.")
	case errors.As(err, &other):
		says("No Coder API at the Access URL",
			fmt.Sprintf("%s sends the provider's calls on to the host %s.", c.AccessURL, droid.Quoted(other.host)), loginPage)
	case answered && sdkErr.StatusCode() >= http.StatusInternalServerError:
		says(p.Summary, fmt.Sprintf("%s answers with HTTP status %d, in most cases from a proxy whose Coder is down.",
			c.AccessURL, sdkErr.StatusCode()), "Ask a Coder administrator whether Coder runs, then start the workspace again.")
	case page != "" && sdkErr.StatusCode() == http.StatusNotFound:
		says("No Coder API at the Access URL", fmt.Sprintf("The server at %s knows no Coder API.", c.AccessURL),
			"Correct the host and the port: this is another server.")
	case page != "":
		says("No Coder API at the Access URL",
			fmt.Sprintf("%s answers with a web page in place of Coder's API.", c.AccessURL), loginPage)
	case errors.Is(err, context.DeadlineExceeded):
		says(p.Summary, fmt.Sprintf("%s gave no answer within %s.", c.AccessURL, checkTime),
			"Try `curl "+c.AccessURL+"/api/v2/buildinfo` on the machine that runs Terraform. If that hangs too, a firewall or "+
				"a missing proxy variable (HTTPS_PROXY) may be the cause; otherwise Coder is overloaded.")
	default:
		says(p.Summary, fmt.Sprintf("The Coder deployment at %s gave no usable answer.", c.AccessURL),
			"Check that the machine that runs Terraform reaches that address: its network and its proxy variables.")
	}
	p.Remedy += " Droid calls the address from the workspace, so change access_url only to one that both reach."
	return Problem{Problem: p,
		assumed: fmt.Sprintf("The provider assumes that the AI Gateway is at %s.", c.Assume().GatewayURL)}
}

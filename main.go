// Terraform-provider-factory configures Factory's Droid in Coder workspaces.
package main

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/coder/terraform-provider-factory/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()
	quiet(os.Getenv, os.Setenv)

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/coder/factory",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}

// quiet turns the plugin SDK's own log off where nobody asked for one. The SDK else writes every trace record to its standard
// error, and Terraform reads them all only to throw them away.
func quiet(getenv func(string) string, setenv func(name, value string) error) {
	for _, asked := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK"} {
		if getenv(asked) != "" {
			return
		}
	}
	if err := setenv("TF_LOG_SDK", "off"); err != nil {
		log.Print(err)
	}
}

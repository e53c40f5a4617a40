// Terraform-provider-factory configures Factory's Droid in Coder workspaces.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/coder/terraform-provider-factory/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/coder/factory",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}

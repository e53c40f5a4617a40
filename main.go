// Terraform-provider-factory configures Factory's Droid in Coder workspaces.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/coder/terraform-provider-factory/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()
	if err := provider.Serve(context.Background(), version, *debug); err != nil {
		log.Fatal(err)
	}
}

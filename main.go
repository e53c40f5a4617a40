// Terraform-provider-factory configures Factory's Droid in Coder workspaces.
package main

import (
	"context"
	"flag"
	"log"

	_ "github.com/coder/terraform-provider-factory/internal/collector" // before what needs memory
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

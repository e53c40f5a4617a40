terraform {
  required_providers {
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

# A Coder template needs no provider block. Elsewhere, for instance on a laptop, name the deployment here or in CODER_URL, and set the
# token in CODER_SESSION_TOKEN.
provider "factory" {
  access_url   = "https://coder.example.com"
  verification = "require"
}

terraform {
  required_providers {
    factory = {
      source = "coder/factory"
    }
  }
}

# In a Coder template no provider block is needed. Elsewhere, for instance on a laptop, name the deployment here or
# in CODER_URL, and the token in CODER_SESSION_TOKEN.
provider "factory" {
  access_url   = "https://coder.example.com"
  verification = "require"
}

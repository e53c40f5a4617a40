# Droid from a mirror in the workspaces' network. A program with another checksum is not installed.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    factory = {
      source  = "coder/factory"
      version = "0.0.1"
    }
  }
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

# In your own template, copy the module's folder and write its path here.
module "droid" {
  source        = "../../../modules/droid"
  agent_id      = coder_agent.main.id
  droid_version = "0.225.2"
  install_url   = "https://artifacts.example.com/npm/@factory/cli-{os}-{arch}/-/cli-{os}-{arch}-{version}.tgz"
  checksums = {
    linux-x64          = "f9635d02eaa40db56138acbc439d45d8b337d36826ce4e4b29095d2bbaf3a23b"
    linux-x64-baseline = "ee28e37b7bfe18e32b29387144514ccee15355c48f2635c0915125f75a1e6a79"
  }
}

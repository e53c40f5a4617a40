// Keeps the files below out of the packages of e2e/: each is compiled only in place of gateway_test.go.
module github.com/coder/terraform-provider-factory/e2e/older

go 1.26.5

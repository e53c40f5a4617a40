package provider

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/coder/terraform-provider-factory/internal/coder/codertest"
)

// fillsMirror takes the guide's way: with exactly the CLI configuration that it shows, this provider comes from the
// mirror, and coder/coder from the registry.
func fillsMirror(t *testing.T, r reader) {
	guide, mirror := read(t, "../templates/guides/air-gapped.md"), t.TempDir()
	fill := regexp.MustCompile("```sh\n(make .*) > terraformrc\n```").FindStringSubmatch(guide)
	shown := regexp.MustCompile("(?s)```hcl\n(provider_installation.*?)```").FindStringSubmatch(guide)
	require.NotNil(t, fill)
	require.NotNil(t, shown)
	here := strings.NewReplacer("/opt/terraform-mirror", mirror)
	printed := r.run(t, "..", codertest.Environ{}, here.Replace(fill[1]))
	shown[1] = here.Replace(shown[1])
	require.Equal(t, shown[1], regexp.MustCompile("(?m)^#.*\n").ReplaceAllString(printed, ""))

	registry := newRegistry(t)
	home, folder := t.TempDir(), t.TempDir()
	write(t, filepath.Join(home, ".terraformrc"), shown[1])
	// What the registry's own name would lead to. Terraform reads it beside the file above.
	write(t, filepath.Join(home, ".terraform.d", "registry.tfrc"), fmt.Sprintf(
		"host \"registry.terraform.io\" {\n  services = { \"providers.v1\" = %q }\n}\n", registry+"/"))
	write(t, filepath.Join(folder, "main.tf"), hclBlock.FindStringSubmatch(read(t, "../README.md"))[1])
	r.run(t, folder, codertest.Environ{"HOME": home}, "terraform init -no-color")
	lock := read(t, folder, ".terraform.lock.hcl")
	assert.Contains(t, lock, `"registry.terraform.io/coder/coder"`)
	assert.Contains(t, lock, `"registry.terraform.io/coder/factory"`)
}

// newRegistry has coder/coder 2.20.0, as tools/pinned/coder builds it. To ask it for our provider fails the test.
func newRegistry(t *testing.T) (url string) {
	t.Helper()
	require.NoError(t, builtCoder())
	const version, archive = "2.20.0", "/coder.zip"
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	program, err := z.CreateHeader(&zip.FileHeader{Name: "terraform-provider-coder_v" + version, Method: zip.Store})
	require.NoError(t, err)
	_, err = program.Write([]byte(read(t, pluginAt("coder/coder", version))))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	sum := fmt.Sprintf("%x", sha256.Sum256(packed.Bytes()))
	sums := sum + "  coder.zip\n"

	key, err := openpgp.NewEntity("registry", "", "", nil)
	require.NoError(t, err)
	var public, signature bytes.Buffer
	armored, err := armor.Encode(&public, openpgp.PublicKeyType, nil)
	require.NoError(t, err)
	require.NoError(t, key.Serialize(armored))
	require.NoError(t, armored.Close())
	require.NoError(t, openpgp.DetachSign(&signature, key, strings.NewReader(sums), nil))

	files := map[string]string{
		archive: packed.String(), "/sums": sums, "/sums.sig": signature.String(),
		"/coder/coder/versions": fmt.Sprintf(
			`{"versions": [{"version": %q, "protocols": ["5.0"], "platforms": [{"os": %q, "arch": %q}]}]}`,
			version, runtime.GOOS, runtime.GOARCH),
		fmt.Sprintf("/coder/coder/%s/download/%s/%s", version, runtime.GOOS, runtime.GOARCH): fmt.Sprintf(
			`{"protocols": ["5.0"], "os": %q, "arch": %q, "filename": "coder.zip", "download_url": %q, "shasum": %q,
			"shasums_url": "/sums", "shasums_signature_url": "/sums.sig",
			"signing_keys": {"gpg_public_keys": [{"ascii_armor": %q}]}}`,
			runtime.GOOS, runtime.GOARCH, archive, sum, public.String()),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NotContains(t, r.URL.Path, "factory")
		w.Header().Set("Content-Type", "application/json")
		if file, ok := files[r.URL.Path]; ok {
			_, _ = io.WriteString(w, file)
		} else {
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

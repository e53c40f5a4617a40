//go:build codersdk

package main

import _ "github.com/coder/coder/v2/codersdk" // only linked: what that alone costs at each start

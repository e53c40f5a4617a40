# Makes the table of e2e/results/README.md from the files in e2e/results: a row each.
BEGIN {
  print "| Coder | coder/coder | Terraform | OpenTofu | Droid | tests | run on |"
  print "|---|---|---|---|---|---|---|"
}
FNR == 1 { row(); delete field; droid = tofu = failed = ""; passed = 0 }
/^[a-z\/]+: / { field[substr($1, 1, length($1) - 1)] = $2 }
$1 == "PASS" && $2 !~ /\// { passed++ }
$1 == "FAIL" && $2 !~ /\// { failed = failed ", " $2 " failed" }
$1 == "PASS" && $2 ~ /^TestDroid\// { droid = droid (droid == "" ? "" : ", ") substr($2, 11) }
$1 == "PASS" && $2 ~ /\/OpenTofu$/ { tofu = field["opentofu"] }
END { row() }
function row() {
  if (!("coder" in field)) return
  printf "| %s | %s | %s | %s | %s | %d passed%s | %s, %s |\n", field["coder"], field["coder/coder"], field["terraform"],
    tofu, droid, passed, failed, field["date"], field["platform"]
}

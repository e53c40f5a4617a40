# In: text in base64. Out: text. A large one has an equals sign and a number in place of a line that it has before.

for program in awk cat chmod dd ls mkdir mv rm rmdir tr wc; do
  command -v "$program" || fail "$program is not found in PATH; install it, or correct PATH"
done > /dev/null
# Not every image has base64. Short pieces, because in some awks substr takes longer on a longer string.
decode() {
  put "$text" | base64 -d || put "$text" | awk '{
    for (; $0 != ""; $0 = substr($0, 513))
      for (i = 1; i < 513 && i < length($0); i += 4) {
        for (n = k = 0; k < 4; k++)
          n = n * 64 + (index("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", substr($0, i + k, 1)) + 63) % 64
        for (k = 65536; k >= 1 && int(n / k) % 256; k /= 256)
          printf "%c", int(n / k) % 256
      }
  }'
}
text=$(decode | awk '{ print line[NR] = /^=/ ? line[substr($0, 2) + 0] : $0 }')
[ -n "$text" ] || fail "$changed"

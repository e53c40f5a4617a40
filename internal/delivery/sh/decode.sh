# In: text in base64. Out: text. An older macOS decodes with -D.
text=$(put "$text" | base64 -d || put "$text" | base64 -D) && [ -n "$text" ] ||
  fail "base64 can not decode it; correct PATH, or install base64"

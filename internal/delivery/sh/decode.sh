# In: text in base64. Out: text.
text=$(put "$text" | base64 -d) && [ -n "$text" ] || fail "base64 can not decode it; correct PATH, or install base64"

# The steps of a run, in order.
# In: the functions and variables above. Out: the settings file as the template wants it, or one line that says why not.
\umask "$file_mask"
scratch='' locked=''
[ -n "$document" ] || fail "$merge_variable is not set; in coder_agent, beside the script, add env = factory_custom_models.NAME.env"
[ "${document%%:*}" = "$resource" ] ||
  fail "$merge_variable brings the models of another factory_custom_models; give each one on an agent a namespace of its own"
for program in awk chmod mkdir mv rm rmdir wc; do
  \command -v "$program" > /dev/null || fail "PATH leads to no $program"
done
find_file
[ "$mode" = merge ] || check_managed
if [ ! -e "$target" ]; then
  settle
  [ "$mode" = merge ] || clear_own_file || \exit 1
fi
work

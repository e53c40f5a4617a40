# Writes a file of our own, whole. Its first line says that it is ours, and the number of models ends it. In: text, what
# is to be in the file, with an equals sign and a number in place of a line that it has before; file; file_mode; and
# state.

case $text in
  *"$newline="*) text=$(put "$text" | awk '{ print line[NR] = /^=/ ? line[substr($0, 2) + 0] : $0 }') || fail "awk failed; install mawk" ;;
esac
is_ours() {
  [ ! -h "$file" ] && [ -f "$file" ] || return
  case $(dd bs=64 count=1 < "$file") in
    "// Written by factory_custom_models"*) ;;
    *) return 1 ;;
  esac
}

is_written() { is_ours && [ "$(cat "$file")" = "$text" ]; }

write_own() {
  target=$file target_folder=${file%/*}
  models=${text%%"$newline"*}
  models="models: ${models##* }"
  if [ -h "$file" ] || [ -e "$file" ]; then
    is_ours || fail "factory_custom_models did not write it; move it away, or choose another delivery"
    [ "$state" != keep ] || models=
  fi
  if [ -z "$models" ]; then
    say "left as it is: a list of models could not be read when the workspace was built"
  elif is_written; then
    # A run may have been killed after it had put the file in its place.
    remove_scratch
    chmod "$file_mode" "$file"
    say "up to date, $models"
  else
    trap remove_scratch EXIT
    trap "exit 1" HUP INT PIPE TERM
    make_scratch || fail "a new file can not be made$(why "$target_folder")"
    put "$text$newline" >| new && [ "$(cat new)" = "$text" ] || fail "it can not be written whole; free disk space"
    # Another run may have written the same at the same time.
    replace_file || is_written || fail "it can not be replaced"
    say "written, $models"
  fi
}

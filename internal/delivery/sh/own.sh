# Writes a file of our own, whole. Its first line says that it is ours.
# In: text, what is to be in the file; file; state; and remedy, what to do about a file that is not ours.

case $text in
  '// Written by factory_custom_models'*) ;;
  *) fail "$variable was changed on its way; pass it on from factory_custom_models.NAME.env as it is" ;;
esac
models=${text%%"$newline"*}
models=${models##* }
scratch=''
is_ours() {
  [ ! -h "$file" ] && [ -f "$file" ] && [ -r "$file" ] || return
  case $(dd bs=64 count=1 < "$file") in
    '// Written by factory_custom_models'*) ;;
    *) return 1 ;;
  esac
}

is_written() { is_ours && [ "$(cat "$file")" = "$text" ]; }

write_own() {
  target=$file
  target_folder=${file%/*}
  if [ -h "$file" ] || [ -e "$file" ]; then
    is_ours || fail "factory_custom_models did not write it; remove it, or $remedy"
    if [ "$state" = keep ]; then
      say 'left as it is: a list of models could not be read when the workspace was built'
      return
    fi
  fi
  if is_written; then
    tighten_file "$(ls -ld "$file")"
    say "up to date, models: $models"
    return
  fi
  [ -d "$target_folder" ] || mkdir "$target_folder" || [ -d "$target_folder" ] ||
    fail "its folder can not be made; check the rights of ${target_folder%/*}"
  trap remove_new EXIT
  trap 'exit 1' HUP INT PIPE TERM
  make_scratch || fail "its folder can not be written to; check the rights of $target_folder"
  put "$text$newline" >| new && [ "$(cat new)" = "$text" ] || fail 'it can not be written whole; free some disk space'
  # Another run may have written the same at the same time.
  replace_file || is_written || fail_to_replace
  say "written, models: $models"
}

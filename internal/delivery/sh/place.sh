# Writes a new file beside the target and puts it in its place.
# In: target, its folder target_folder, file_mode and listed_mode, as ls shows it. Out: make_scratch, replace_file, tighten_file.

# make_scratch makes a folder that only this user can read and write, and makes it the working folder. So nobody can put another file
# in the place of the new one, not even in a folder that others can write to. The file in it is called new.
make_scratch() {
  for scratch in "$target_folder/.${target##*/}".*.factory-tmp; do
    made_by=${scratch%.factory-tmp}
    made_by=${made_by##*.}
    # A run that was killed has left this. Those that take a lock are never at work at the same time.
    [ -z "${locked-}" ] && [ "$made_by" != $$ ] && kill -0 "$made_by" || remove_scratch
  done
  scratch=$target_folder/.${target##*/}.$$.factory-tmp
  mkdir -m 700 "$scratch" || {
    scratch=''
    return 1
  }
  cd "$scratch" && [ -O . ] || return
  case $(ls -ld .) in
    drwx--[-S]---*) : > new && chmod "$file_mode" new ;;
    *) return 1 ;;
  esac
}

remove_scratch() {
  if [ -h "$scratch" ] || [ ! -d "$scratch" ]; then
    rm -f "$scratch"
  else
    rm -f "$scratch/new"
    rmdir "$scratch"
  fi
}

remove_new() {
  [ -z "$scratch" ] || {
    [ ! -e new ] || rm -f new
    cd /
    rmdir "$scratch"
    scratch=''
  }
}

# replace_file puts the new file in place of the old one. It tells whether the new one is there.
replace_file() {
  # An old sync takes no file. Then the file system decides when the text is on disk.
  timeout 5 sync -d new
  mv -f new "$target"
  [ ! -e new ] && [ -f "$target" ]
}

fail_to_replace() {
  while read -r mount_id parent_id device root_path mount_point mount_options; do
    [ "$mount_point" != "$target" ] || fail 'it is a mount of its own, so it can not be replaced; mount its folder instead'
  done < /proc/self/mountinfo
  fail "it can not be replaced; check the rights of $target_folder"
}

# tighten_file takes the mode that ls has shown. A file that its user made read-only stays so.
tighten_file() {
  case $1 in
    "$listed_mode"* | ??-*) ;;
    *) chmod "$file_mode" "$target" || warn "its mode can not be set to $file_mode; run chmod $file_mode $target" ;;
  esac
}

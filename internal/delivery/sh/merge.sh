# Delivers by a merge into the user's file. In: text, what awk merges; state; owned, what the ids of our entries begin
# with; and the awk program as the first argument. Out: the new file in place of the old one, and the message.

file_mode=600 largest=2097152
merge_program=$1 locked=
read_clock
started=$clock
umask 077
export merge_wanted="$text" merge_owned="$owned" merge_keep= merge_size merge_output
[ "$state" != keep ] || merge_keep=1

check_file() {
  [ -e "$target" ] || return 0
  [ -f "$target" ] || fail "it is not a file; remove it"
  [ -r "$target" ] || fail "it can not be read; run chmod u+rw $target"
  [ -O "$target" ] || fail "it belongs to another user; run the script as that user"
}

# run_merge OUTPUT merges the file into OUTPUT. A file that does not exist counts as empty.
run_merge() {
  merge_output=$1 input=/dev/null listed= merge_size=0
  if [ -e "$target" ]; then
    input=$target
    listed=$(ls -ldn "$target")
    set -- $listed
    merge_size=$5
    [ "$merge_size" -le "$largest" ] || fail "it has more than $largest bytes; make it smaller"
    # Not every awk can read a NUL.
    [ "$(tr -d '\000' < "$input" | wc -c)" -eq "$merge_size" ] || fail "it has a NUL byte; remove that"
  fi
  read_clock
  bound="timeout $((29 - clock + started))"
  [ "$merge_size" -ge 65536 ] && command -v timeout > /dev/null || bound=
  merged=$($bound awk "$merge_program" < "$input") || merged=
  case $merged in
    "write "*)
      case $listed in
        ??-*) fail "it is read-only; run chmod u+w $target" ;;
      esac
      ;;
    "same "*)
      case $listed in
        "" | -rw-------* | ??-*) ;;
        *) chmod 600 "$target" || warn "its mode can not be set; run chmod 600 $target" ;;
      esac
      finish "${merged#same }"
      ;;
    "refuse "*)
      put "factory: $file:${merged#refuse }; nothing was written$newline" >&3
      exit 1
      ;;
    *)
      # Another program that took the lock may have removed the new file.
      [ -z "$locked" ] || holds_lock || return
      fail "awk failed, or took too long; free disk space, make the file smaller, or install mawk"
      ;;
  esac
}

# fail_to_write ends a run that can't write. If nothing has to be written, that is no failure.
fail_to_write() {
  run_merge /dev/null
  fail "$1"
}

# work replaces the file, if something changes. It fails if another program has taken the lock meanwhile.
work() {
  acquire_lock
  check_file
  make_scratch || fail_to_write "a new file can not be made$(why "$target_folder")"
  run_merge new && holds_lock || return
  merged=${merged#write }
  [ -f new ] && [ "$(wc -c < new)" -eq "${merged%% *}" ] || fail "it can not be written whole; free disk space"
  replace_file || fail_to_replace
  finish "${merged#* }"
}

finish() {
  say "$1"
  warn_of_lacks
  local_file=$folder/settings.local.json
  [ ! -f "$local_file" ] || ! grep -q '"customModels"' "$local_file" ||
    warn "settings.local.json beside it has customModels, which hide these; remove them there"
  exit 0
}

fail_to_replace() {
  while read -r mount_id parent_id device root_path mount_point mount_options; do
    [ "$mount_point" != "$target" ] || fail "it is a mount of its own, so it can not be replaced; mount its folder instead"
  done < /proc/self/mountinfo
  fail "it can not be replaced; check the rights of $target_folder"
}

# clean_up gives the lock back. The folder of the new file goes with the lock: without it, it is another run's.
clean_up() {
  [ -n "$locked" ] && holds_lock || return
  remove_scratch
  remove_lock "$lock"
}

# The links of the settings file itself are followed.
target=$file links=0
while [ -h "$target" ]; do
  links=$((links + 1))
  [ "$links" -le 40 ] || fail "its symbolic links lead nowhere; remove them"
  link=$(readlink "$target" && put x) || fail "its symbolic link can not be read; put a file there"
  link=${link%x}
  link=${link%"$newline"}
  [ "${link#/}" != "$link" ] || link=${target%/*}/$link
  target=$link
done
folder=${file%/*} target_folder=${target%/*}
refuse_root "$home" "$folder" "$target_folder"
check_file
if [ ! -e "$target" ]; then
  run_merge /dev/null
elif [ "$state" = keyless ]; then
  state=
  finish "left as it is: no token could be made when the workspace was built"
fi
for place in "${folder:-/}" "${target_folder:-/}"; do
  [ -d "$place" ] || mkdir "$place" || [ -d "$place" ] || fail "its folder can not be made; check ${place%/*} and its rights"
done
read_identity
trap clean_up EXIT
trap "exit 1" HUP INT PIPE TERM
work || work || fail "other programs took its lock twice; run the script again"

# Runs the merge and puts the new file in place.
# In: target, and the variables that script.go sets above this program. Out: the new file in place of the old one, and the message.

# make_scratch makes a folder beside the target, which only this user can read and write, and the new file in it. It removes the
# folders of runs that were killed.
make_scratch() {
  for scratch in "$target_folder/.${target##*/}".*.factory-tmp; do
    [ ! -e "$scratch" ] && [ ! -h "$scratch" ] || \rm -rf "$scratch"
  done
  scratch=$target_folder/.${target##*/}.$process.factory-tmp
  \mkdir -m 700 "$scratch" || {
    scratch=''
    unwritable 'its folder is not writable'
  }
  new_file=$scratch/new
  \: > "$new_file" && \chmod "$file_mode" "$new_file" || fail 'its folder is not writable'
}

# work replaces the file, if something changes.
work() {
  make_folders
  check_file
  read_identity
  \trap clean_up EXIT
  \trap '\exit 1' HUP INT PIPE TERM
  acquire_lock
  make_scratch
  merge_file "$new_file"
  finish
}

# run_merge FILE MODE OUTPUT runs the awk program on a file. A file that does not exist counts as empty. Awk takes the place of the
# shell, so this is called only in a subshell.
run_merge() {
  \export merge_mode="$2" merge_input=/dev/null merge_size=0 merge_output="$3" merge_check=
  if [ -e "$1" ]; then
    merge_input=$1
    merge_size=$(\wc -c < "$merge_input") || return
  fi
  [ "$3" != "$new_file" ] || merge_check=1
  \exec awk "$merge_program" < "$merge_input"
}

merge_file() {
  merged=$(run_merge "$target" "$mode" "$1") || fail 'awk or wc failed'
  [ "$merged" != nul ] || merge_with_nul "$1"
  notes=$merged merged=${merged%%"$newline"*}
}

# merge_with_nul merges a file with a NUL, which not every awk can read. A control character that the file does not have takes the
# place of the NUL during the merge. Droid accepts both only in comments, and so does the merge.
merge_with_nul() {
  for code in 001 002 003 004 005 006 007 ''; do
    [ "$(\tr -dc "\\$code" < "$target" | \wc -c)" -ne 0 ] || break
  done
  merged='refuse 0:0: NUL byte'
  [ -n "$scratch" ] && [ -n "$code" ] || return
  \tr '\000' "\\$code" < "$target" > "$scratch/plain"
  merged=$(run_merge "$scratch/plain" "$mode" "$scratch/merged") || fail 'awk or wc failed'
  case $merged in
    'write '*)
      size=${merged#write }
      \tr "\\$code" '\000' < "$scratch/merged" >| "$1" && [ "$(\wc -c < "$1")" -eq "${size%% *}" ] || merged=short
      ;;
  esac
}

# settle ends the run if nothing has to be written.
settle() {
  merge_file /dev/null
  case $merged in
    'same '* | 'refuse '*)
      finish
      \exit 0
      ;;
  esac
}

# unwritable MESSAGE ends a run that can't write. If nothing has to be written, that is no failure.
unwritable() {
  settle
  fail "$1"
}

finish() {
  case $merged in
    'write '*)
      merged=${merged#write }
      replace_file
      say "${merged#* }"
      ;;
    'same '*)
      tighten_file
      say "${merged#same }"
      ;;
    'refuse '*)
      put "factory: $shown_path:${merged#refuse }; nothing was written$newline" >&3
      \exit 1
      ;;
    short) fail 'it can not be written whole: is the disk full?' ;;
    'document '*) fail "$merge_variable is not what factory_custom_models made: ${merged#document }" ;;
    *) fail 'awk gave no answer' ;;
  esac
  while [ "$notes" != "${notes#*"$newline"}" ]; do
    notes=${notes#*"$newline"}
    unset_name=${notes%%"$newline"*}
    warn "${unset_name#unset } in api_key is not set; Droid would send the reference itself"
  done
  conclude
}

# replace_file puts the new file in place of the old one.
replace_file() {
  owned_like=$target_folder/
  [ ! -e "$target" ] || owned_like=$target
  find_owner "$owned_like"
  give "$owner" "$new_file" || fail 'its owner can not be kept'
  # An old sync takes no file. Then the file system decides when the text is on disk.
  \timeout 5 sync -d "$new_file"
  \mv -f "$new_file" "$target" && return
  while read -r mount_id parent_id device root_path mount_point mount_options; do
    [ "$mount_point" != "$target" ] || fail 'it is mounted by itself, so it can not be replaced; mount its folder instead'
  done < /proc/self/mountinfo
  fail 'it can not be replaced'
}

tighten_file() {
  [ -e "$target" ] || return
  case $(\ls -ld "$target") in
    "$listed_mode"*) ;;
    *) \chmod "$file_mode" "$target" || warn "its mode can not be set to $file_mode" ;;
  esac
}

# clean_up removes the scratch folder and gives the lock back. One rm does both, because each program takes time at every start.
clean_up() {
  [ -n "$locked" ] && holds_lock "$identity" || lock=''
  [ -z "$scratch$lock" ] || \rm -rf ${scratch:+"$scratch"} ${lock:+"$lock/owner.json"}
  [ -z "$lock" ] || \rmdir "$lock"
}

# What stands before this, composed by package install: the variables shown (the path for messages), configured (the
# path), prefix (of our ids), wire (the line that brings the document), document (in base64), none (the one without models),
# mode and mask, strict (not empty for a system-managed file), and the function merge_awk.
set +eu -C
umask "$mask"
# The words of other programs are not shown: they are not ours to answer for, and one clear line is enough.
exec 3>&2 2>/dev/null
nl='
'
held='' tmp=''

say() { printf 'factory: %s: %s\n' "$shown" "$1"; }
warn() { say "$1" >&3; }
fail() {
  warn "$1; nothing was written"
  exit 1
}

cleanup() {
  [ -z "$tmp" ] || rm -f "$tmp"
  [ -z "$held" ] || release "$mine"
}

# --- the lock is the one that Droid takes: a folder with owner.json in it; an empty folder holds nobody back

take() {
  if [ -e "$second" ]; then
    owner_of "$second"
    dead && drop "$second"
    return 1
  fi
  mkdir "$lock"
  {
    held=1
    printf %s "$mine"
  } > "$lock/owner.json"
  [ -n "$held" ] || return 1
  # Who was clearing the old lock away may have taken this one for it.
  if [ ! -e "$second" ]; then
    owner_of "$lock"
    [ "$owner" != "$mine" ] || return 0
  fi
  release "$mine"
  held=''
  return 1
}

owner_of() {
  owner=''
  IFS= read -r owner < "$1/owner.json"
}

drop() {
  rm -f "$1/owner.json"
  rmdir "$1"
}

release() {
  owner_of "$lock"
  [ "$owner" = "$1" ] || [ -z "$owner" ] || return 0
  drop "$lock"
}

# A lock counts for nothing when its process is gone, or when it stays the same for ten seconds, without a name for two:
# writing takes milliseconds, and the number of a process may have gone to another program.
dead() {
  pid=${owner##*'"pid":'}
  pid=${pid%%[!0-9]*}
  [ -n "$pid" ] && [ ! -d "/proc/$pid" ] && ! kill -0 "$pid"
}

# Droid makes the same second folder, so that only one clears a lock away.
reclaim() {
  if mkdir "$second"; then
    printf %s "$mine" > "$second/owner.json"
    release "$seen"
  else
    [ "$same" -ge 100 ] || return
  fi
  drop "$second"
}

acquire() {
  lock=$path.lock
  if [ "${dir##*/}" = .factory ]; then
    lock=$dir/state/${path##*/}.lock
    [ -d "$dir/state" ] || mkdir "$dir/state"
  fi
  second=$lock.reclaim
  mine="{\"token\":\"factory-$$-${PPID-0}-$mask\",\"pid\":$$}"
  seen='' same=0 waited=0 idle=0
  until take; do
    [ "$waited" -lt 250 ] || fail 'it is locked by another program'
    idle=$((idle + 1))
    [ ! -e "$lock/owner.json" ] && [ ! -e "$second" ] || idle=0
    [ "$idle" -lt 9 ] || fail 'its lock can not be made: no right to, or disk full'
    owner_of "$lock"
    [ "$owner" = "$seen" ] || same=0
    seen=$owner
    { dead || [ "$same" -ge $((${owner:+8}0 + 20)) ]; } && reclaim
    # Without a sleep no time passes, and a lock in use would look like one that stays.
    nap=250
    sleep 0.1 && nap=1 || { sleep 1 && nap=10; }
    same=$((same + nap)) waited=$((waited + nap))
  done
}

# --- where to write

locate() {
  case $configured in
    '~/'*)
      [ -n "${HOME-}" ] || fail 'HOME is not set, so it is not known where this is'
      path=$HOME/${configured#'~/'}
      ;;
    *) path=$configured ;;
  esac
  [ "${path#/}" != "$path" ] || fail 'HOME is not an absolute path'
  file=$path hops=0
  while [ -h "$file" ]; do
    hops=$((hops + 1))
    [ "$hops" -le 40 ] || fail 'too many levels of symbolic links'
    link=$(readlink "$file" && printf x) || fail 'the symbolic link can not be read'
    link=${link%x}
    link=${link%"$nl"}
    [ "${link#/}" != "$link" ] || link=${file%/*}/$link
    file=$link
  done
  dir=${path%/*} folder=${file%/*}
}

prepare() {
  for made in "${dir:-/}" "${folder:-/}"; do
    [ -d "$made" ] || mkdir "$made" || [ -d "$made" ] || fail 'its folder can not be made'
  done
  [ -e "$file" ] || return 0
  [ -f "$file" ] || fail 'it is not a regular file'
  [ -r "$file" ] || fail 'it can not be read'
  [ -O "$file" ] || [ "$(id -u)" = 0 ] || fail 'it belongs to another user; run as its owner'
}

# A temporary file beside the target takes the result; those of runs that were killed go.
make_tmp() {
  for tmp in "$folder/.${file##*/}".*.factory-tmp; do
    [ ! -f "$tmp" ] || rm -f "$tmp"
  done
  tmp=$folder/.${file##*/}.$$.factory-tmp
  true > "$tmp" || fail 'its folder is not writable'
  if [ -e "$file" ] && [ ! -O "$file" ]; then
    cp -p "$file" "$tmp" || fail 'its owner can not be kept'
  fi
}

# --- the work

merge() {
  size=0 input=/dev/null
  if [ -e "$1" ]; then
    input=$1
    size=$(wc -c < "$input") || return
  fi
  f_mode=$2 f_in=$input f_size=$size f_out=$tmp f_prefix=$prefix f_variable=$variable f_strict=$strict LC_ALL=C merge_awk < "$input"
}

finish() {
  case $said in
    'write '*)
      said=${said#write }
      [ "$(wc -c < "$tmp")" -eq "${said%% *}" ] || fail 'it can not be written whole: is the disk full?'
      { [ ! -e "$file" ] || [ -O "$file" ] || chmod "$mode" "$tmp"; } && mv -f "$tmp" "$file" || fail 'it can not be replaced'
      tmp=''
      say "${said#* }"
      ;;
    'same '*)
      [ ! -e "$file" ] || chmod "$mode" "$file" || fail 'its mode can not be set'
      say "${said#same }"
      ;;
    'refuse '*)
      printf 'factory: %s:%s; nothing was written\n' "$shown" "${said#refuse }" >&3
      exit 1
      ;;
    'document '*) fail "$variable is not what factory_custom_models made: ${said#document }" ;;
    *) fail 'awk gave no answer' ;;
  esac
}

warnings() {
  while [ "$rest" != "${rest#*"$nl"}" ]; do
    rest=${rest#*"$nl"}
    name=${rest%%"$nl"*}
    warn "${name#unset } in api_key is not set; Droid would send the reference itself"
  done
  [ ! -r "$dir/settings.local.json" ] || [ "$(merge "$dir/settings.local.json" probe)" != models ] ||
    warn 'settings.local.json beside it has customModels, which hide these'
}

[ -n "$document" ] || fail "$variable is not set; in coder_agent, beside the script, add $wire"
locate
if [ ! -e "$file" ] && [ "$document" = "$none" ]; then
  say 'no models, nothing to do'
  exit 0
fi
prepare
trap cleanup EXIT
trap 'exit 1' HUP INT PIPE TERM
acquire
make_tmp
said=$(merge "$file" merge) || fail 'awk or wc failed'
rest=$said said=${said%%"$nl"*}
finish
warnings

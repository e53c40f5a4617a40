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
  [ -z "$held" ] || give_back "$mine"
}

# --- the lock is the one that Droid takes: a folder with owner.json in it; an empty folder holds nobody back

take() {
  [ ! -e "$lock.reclaim" ] || return 1
  [ -d "$lock" ] || mkdir "$lock"
  true > "$lock/owner.json" || return 1
  held=1
  printf '%s' "$mine" >| "$lock/owner.json" || fail 'its lock can not be written: is the disk full?'
}

read_owner() {
  owner=''
  IFS= read -r owner < "$lock/owner.json"
}

give_back() {
  read_owner
  [ "$owner" = "$1" ] || [ -z "$owner" ] || return 0
  rm -f "$lock/owner.json"
  rmdir "$lock"
}

# A lock counts for nothing when its process is gone, or when it stays the same for ten seconds: writing takes
# milliseconds, and the number of a process may have gone to another program.
dead() {
  pid=${owner##*\"pid\":}
  pid=${pid%%[!0-9]*}
  [ -n "$pid" ] && [ ! -d "/proc/$pid" ] && ! kill -0 "$pid"
}

# Droid makes the same second folder, so that only one clears a lock away.
reclaim() {
  seen=$owner
  if mkdir "$lock.reclaim"; then
    read_owner
    [ "$owner" != "$seen" ] || give_back "$seen"
  elif [ "$same" -lt 100 ]; then
    return
  fi
  rmdir "$lock.reclaim"
}

acquire() {
  case ${dir##*/} in
    .factory)
      [ -d "$dir/state" ] || mkdir "$dir/state"
      lock=$dir/state/${path##*/}.lock
      ;;
    *) lock=$path.lock ;;
  esac
  mine="{\"token\":\"factory-$$-${PPID-0}-$mask\",\"pid\":$$}"
  seen='' same=0 waited=0
  until take; do
    [ -d "${lock%/*}" ] && [ -w "${lock%/*}" ] || fail 'its folder is not writable'
    read_owner
    if [ "$owner" != "$seen" ]; then
      seen=$owner same=0
    fi
    if dead || [ "$same" -ge 100 ]; then
      reclaim
    fi
    [ "$waited" -lt 250 ] || fail 'it is locked by another program'
    if sleep 0.1; then
      same=$((same + 1)) waited=$((waited + 1))
    else
      sleep 1
      same=$((same + 10)) waited=$((waited + 10))
    fi
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
  case $path in
    /*) ;;
    *) fail 'HOME is not an absolute path' ;;
  esac
  target=$path hops=0
  while [ -h "$target" ]; do
    hops=$((hops + 1))
    [ "$hops" -le 40 ] || fail 'too many levels of symbolic links'
    link=$(readlink "$target" && printf x) || fail 'the symbolic link can not be read'
    link=${link%x}
    link=${link%"$nl"}
    case $link in
      /*) target=$link ;;
      *) target=${target%/*}/$link ;;
    esac
  done
  dir=${path%/*} folder=${target%/*}
}

prepare() {
  for made in "${dir:-/}" "${folder:-/}"; do
    [ -d "$made" ] || mkdir "$made" || [ -d "$made" ] || fail 'its folder can not be made'
  done
  [ -e "$target" ] || return 0
  [ -f "$target" ] || fail 'it is not a regular file'
  [ -r "$target" ] || fail 'it can not be read'
  [ -O "$target" ] || [ "$(id -u)" = 0 ] || fail 'it belongs to another user; run as its owner'
}

# A temporary file beside the target takes the result; those of runs that were killed go.
make_tmp() {
  for tmp in "$folder/.${target##*/}".*.factory-tmp; do
    [ ! -f "$tmp" ] || rm -f "$tmp"
  done
  tmp=$folder/.${target##*/}.$$.factory-tmp
  true > "$tmp" || fail 'its folder is not writable'
  if [ -e "$target" ] && [ ! -O "$target" ]; then
    cp -p "$target" "$tmp" || fail 'its owner can not be kept'
  fi
}

# --- the work

merge() {
  size=0 input=/dev/null
  if [ -e "$1" ]; then
    input=$1
    size=$(wc -c < "$input") || fail 'it can not be read'
  fi
  f_mode=$2 f_in=$input f_size=$size f_out=$tmp f_prefix=$prefix f_variable=$variable f_strict=$strict LC_ALL=C merge_awk < "$input"
}

finish() {
  case $report in
    'write '*)
      report=${report#write }
      [ "$(wc -c < "$tmp")" -eq "${report%% *}" ] || fail 'it can not be written whole: is the disk full?'
      { [ ! -e "$target" ] || [ -O "$target" ] || chmod "$mode" "$tmp"; } && mv -f "$tmp" "$target" || fail 'it can not be replaced'
      tmp=''
      say "${report#* }"
      ;;
    'same '*)
      [ ! -e "$target" ] || chmod "$mode" "$target" || fail 'its mode can not be set'
      say "${report#same }"
      ;;
    'refuse '*)
      printf 'factory: %s:%s; nothing was written\n' "$shown" "${report#refuse }" >&3
      exit 1
      ;;
    'document '*) fail "$variable is not what factory_custom_models made: ${report#document }" ;;
    *) fail 'awk gave no answer' ;;
  esac
}

warnings() {
  while [ "$rest" != "${rest#*"$nl"}" ]; do
    rest=${rest#*"$nl"}
    unset_name=${rest%%"$nl"*}
    warn "${unset_name#unset } in api_key is not set; Droid would send the reference itself"
  done
  [ ! -r "$dir/settings.local.json" ] || [ "$(merge "$dir/settings.local.json" probe)" != models ] ||
    warn 'settings.local.json beside it has customModels, which hide these'
}

[ -n "$document" ] || fail "$variable is not set; in coder_agent, beside the script, add $wire"
locate
if [ ! -e "$target" ] && [ "$document" = "$none" ]; then
  say 'no models, nothing to do'
  exit 0
fi
prepare
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
acquire
make_tmp
report=$(merge "$target" merge) || fail 'awk failed'
rest=$report report=${report%%"$nl"*}
finish
warnings

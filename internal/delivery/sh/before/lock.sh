# The lock of the settings file. It is the lock that Droid takes: a folder with owner.json in it, which names a process. An empty
# folder locks nothing.
# In: file and folder. Out: acquire_lock, which waits for the lock, and release_lock.

# Only a run that sees the same processes can know that a process has ended. So our owner.json names the boot of the machine and the
# PID namespace. For any other lock only its age counts. The pid is that of the shell around this subshell: its parent takes it away
# when it has ended, but a subshell that was killed may stay as a zombie. process tells the subshells of one shell apart.
read_identity() {
  process=$$ boot='' space=''
  read -r process others < /proc/self/stat
  read -r boot < /proc/sys/kernel/random/boot_id && space=$(\readlink /proc/self/ns/pid)
  pid_space=''
  [ -z "$space" ] || pid_space=$boot-${space#pid:}
  identity="{\"token\":\"factory-$pid_space-$process-${PPID-0}\",\"pid\":$$}"
}

acquire_lock() {
  lock=$file.lock
  if [ "${folder##*/}" = .factory ]; then
    lock=$folder/state/${file##*/}.lock
    [ -d "$folder/state" ] || make_folder "$folder/state"
  fi
  clearing=$lock.reclaim
  find_owner "${lock%/*}"
  lock_owner=$owner
  seen='' unchanged=0 waited=0 tries=0
  until take_lock; do
    [ "$waited" -lt 250 ] || fail 'it is locked by another program'
    tries=$((tries + 1))
    [ ! -e "$lock/owner.json" ] && [ ! -e "$clearing" ] || tries=0
    [ "$tries" -lt 9 ] || unwritable 'its lock can not be made: no right to, or disk full'
    read_holder "$lock"
    [ "$holder" = "$seen" ] || unchanged=0
    seen=$holder
    # Writing takes milliseconds. So a lock is stale if it stays the same for ten seconds, or for two if it names no process.
    { holder_gone || [ "$unchanged" -ge $((${holder:+8}0 + 20)) ]; } && clear_stale_lock
    # Without sleep no time passes between two looks, and a lock in use would look stale.
    nap=250
    \sleep 0.1 && nap=1 || { \sleep 1 && nap=10; }
    unchanged=$((unchanged + nap)) waited=$((waited + nap))
  done
}

# take_lock tries to get the lock. Whoever makes owner.json has it.
take_lock() {
  if [ -e "$clearing" ]; then
    read_holder "$clearing"
    holder_gone && remove_lock "$clearing"
    return 1
  fi
  \mkdir "$lock"
  [ ! -e "$lock/owner.json" ] || return 1
  {
    locked=1
    put "$identity"
  } > "$lock/owner.json"
  [ -n "$locked" ] || return 1
  give "$lock_owner" "$lock" "$lock/owner.json"
  # Another process that was removing a stale lock may have removed ours.
  read_holder "$lock"
  [ -e "$clearing" ] || [ "$holder" != "$identity" ] || return 0
  release_lock "$identity"
  locked=''
  return 1
}

read_holder() {
  holder=''
  [ ! -f "$1/owner.json" ] || IFS= read -r holder < "$1/owner.json"
}

# holder_gone tells whether the process that holds the lock is known to have ended.
holder_gone() {
  [ -n "$pid_space" ] || return 1
  case $holder in
    '{"token":"factory-'"$pid_space-"*) ;;
    *) return 1 ;;
  esac
  holder_pid=${holder##*'"pid":'}
  holder_pid=${holder_pid%%[!0-9]*}
  [ -n "$holder_pid" ] && [ ! -d "/proc/$holder_pid" ] && ! \kill -0 "$holder_pid"
}

# clear_stale_lock removes a stale lock. It makes the same second folder as Droid, so that only one process does this at once.
clear_stale_lock() {
  if \mkdir "$clearing"; then
    give "$lock_owner" "$clearing"
    put "$identity" > "$clearing/owner.json"
    release_lock "$seen"
  else
    [ "$unchanged" -ge 100 ] || return
  fi
  remove_lock "$clearing"
}

# holds_lock OWNER tells whether the lock names that owner, or nobody.
holds_lock() {
  read_holder "$lock"
  [ "$holder" = "$1" ] || [ -z "$holder" ]
}

# release_lock OWNER removes the lock if it names that owner, or nobody.
release_lock() { ! holds_lock "$1" || remove_lock "$lock"; }

remove_lock() {
  \rm -f "$1/owner.json"
  \rmdir "$1"
}

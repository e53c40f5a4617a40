# The lock of the settings file, which is the one that Droid takes: a folder with owner.json in it, which names a process. An empty
# folder holds nobody back.
# In: file and folder. Out: acquire_lock, which waits for the lock, and release_lock.

# A process can be known to be gone only by a run that sees the same processes. So our owner.json tells the boot of the machine and
# the space of process numbers; for any other lock only its age counts.
read_identity() {
  process=$$ boot='' space=''
  read -r process others < /proc/self/stat
  read -r boot < /proc/sys/kernel/random/boot_id && space=$(\readlink /proc/self/ns/pid)
  pid_space=''
  [ -z "$space" ] || pid_space=$boot-${space#pid:}
  identity="{\"token\":\"factory-$pid_space-$process-$$-${PPID-0}\",\"pid\":$process}"
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
    # Writing takes milliseconds: a lock that stays the same for ten seconds counts for nothing, nor one without a name for two.
    { holder_gone || [ "$unchanged" -ge $((${holder:+8}0 + 20)) ]; } && clear_stale_lock
    # Without a sleep no time passes, and a lock in use would look like one that stays.
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
  [ -z "$lock_owner" ] || \chown "$lock_owner" "$lock" "$lock/owner.json"
  # Another process that was removing a stale lock may have removed ours.
  if [ ! -e "$clearing" ]; then
    read_holder "$lock"
    [ "$holder" != "$identity" ] || return 0
  fi
  release_lock "$identity"
  locked=''
  return 1
}

read_holder() {
  holder=''
  [ ! -f "$1/owner.json" ] || IFS= read -r holder < "$1/owner.json"
}

# holder_gone tells whether the process that holds the lock is known to run no more.
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

# clear_stale_lock makes the same second folder as Droid, so that only one process clears a lock away.
clear_stale_lock() {
  if \mkdir "$clearing"; then
    [ -z "$lock_owner" ] || \chown "$lock_owner" "$clearing"
    put "$identity" > "$clearing/owner.json"
    release_lock "$seen"
  else
    [ "$unchanged" -ge 100 ] || return
  fi
  remove_lock "$clearing"
}

# release_lock removes the lock if it is the one that is named.
release_lock() {
  read_holder "$lock"
  [ "$holder" = "$1" ] || [ -z "$holder" ] || return 0
  remove_lock "$lock"
}

remove_lock() {
  \rm -f "$1/owner.json"
  \rmdir "$1"
}

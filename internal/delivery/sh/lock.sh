# The lock of the settings file. It is the lock that Droid takes: a folder with owner.json in it, which names a process.
# An empty folder locks nothing. In: file, folder, and started, the clock when the run began. Out: acquire_lock, which
# gives up 25 seconds after that; read_clock; and holds_lock.

# Only a run that sees the same processes can know that a process has ended. So our owner.json names the boot of the
# machine and the PID namespace. For any other lock only its age counts.
read_identity() {
  boot= space=
  read -r boot < /proc/sys/kernel/random/boot_id && space=$(readlink /proc/self/ns/pid)
  pid_space=
  [ -z "$space" ] || pid_space=$boot-${space#pid:}
  identity="{\"token\":\"factory-$pid_space-$$\",\"pid\":$$}"
}

# read_clock gives seconds that only grow where the system has them. Nobody can set that clock.
read_clock() {
  read -r uptime others < /proc/uptime && clock=${uptime%.*} || clock=$(date +%s) || clock=$((clock + 1))
}

acquire_lock() {
  lock=$file.lock
  if [ "${folder##*/}" = .factory ]; then
    lock=$folder/state/${file##*/}.lock
    [ -d "$folder/state" ] || mkdir "$folder/state" || [ -d "$folder/state" ] ||
      fail_to_write "its lock $lock can not be made$(why "$folder")"
  fi
  clearing=$lock.reclaim
  refuse_root "${lock%/*}"
  locked= seen= since= tries=0
  until take_lock; do
    for place in "$lock" "$clearing"; do
      [ ! -h "$place" ] && [ ! -f "$place" ] && [ ! -p "$place" ] ||
        fail "its lock $place is not a folder; remove it"
    done
    tries=$((tries + 1))
    [ ! -e "$lock/owner.json" ] && [ ! -e "$clearing" ] || tries=0
    [ "$tries" -lt 9 ] || fail_to_write "its lock $lock can not be made$(why "${lock%/*}")"
    read_holder "$lock"
    { [ -e "$lock/owner.json" ] || [ -e "$clearing" ]; } && [ "$holder" = "$seen" ] && [ -n "$since" ] || since=$clock
    seen=$holder
    # Writing takes milliseconds. So a lock is stale if it stays the same for ten seconds, or for two if it names no
    # process. It is not stale while its process is seen to run.
    patience=3
    [ -z "$holder" ] || patience=11
    { holder_gone || [ $((clock - since)) -ge "$patience" ]; } && clear_stale_lock
    sleep 0.1 || sleep 1
  done
}

# take_lock tries to get the lock. Whoever makes owner.json has it.
take_lock() {
  read_clock
  [ $((clock - started)) -lt 25 ] || fail "another program has locked it for too long; if none is running, remove $lock"
  if [ -e "$clearing" ] || [ -h "$clearing" ]; then
    read_holder "$clearing"
    holder_gone && remove_lock "$clearing"
    return 1
  fi
  mkdir "$lock"
  [ ! -h "$lock" ] && [ ! -e "$lock/owner.json" ] || return
  set -C
  {
    locked=1
    put "$identity"
  } > "$lock/owner.json"
  set +C
  [ -n "$locked" ] || return
  # Another process that was removing a stale lock may have removed ours.
  holds_lock && [ ! -e "$clearing" ] && return
  # Without a name in it, it is ours, and the disk is full.
  [ -n "$holder" ] && [ "$holder" != "$identity" ] || remove_lock "$lock"
  locked=
  return 1
}

# read_holder reads the start of owner.json, whatever that is.
read_holder() {
  holder=
  [ -h "$1" ] || [ -h "$1/owner.json" ] || [ ! -f "$1/owner.json" ] || holder=$(dd bs=512 count=1 < "$1/owner.json")
}

# holder_gone tells whether the process that holds the lock is known to have ended.
holder_gone() {
  [ -n "$pid_space" ] || return
  case $holder in
    "{\"token\":\"factory-$pid_space-"*) ;;
    *) return 1 ;;
  esac
  pid=${holder##*\"pid\":}
  pid=${pid%%[!0-9]*}
  [ -n "$pid" ] || return
  stats=
  read -r stats < "/proc/$pid/stat"
  case $stats in
    *") Z "*) ;; # it has ended, and nobody has taken it away
    "") ! kill -0 "$pid" ;;
    *") T "*) return 1 ;;
    # It runs, so it will give the lock back.
    *) patience=26 && return 1 ;;
  esac
}

# clear_stale_lock removes a stale lock. It makes the same second folder as Droid, so that only one process does this at
# once.
clear_stale_lock() {
  if mkdir "$clearing"; then
    put "$identity" > "$clearing/owner.json"
    read_holder "$lock"
    [ "$holder" != "$seen" ] || remove_lock "$lock"
  elif [ $((clock - since)) -lt 11 ]; then
    return
  fi
  remove_lock "$clearing"
}

holds_lock() {
  read_holder "$lock"
  [ "$holder" = "$identity" ]
}

remove_lock() {
  rm -f "$1/owner.json"
  rmdir "$1"
}

# Delivers through Droid's system-managed file. Only root can write it. Root gets a program and the text on standard input, nothing of
# the environment, and no path that a user can write to.
# In: what value.sh found, and the program of root as the first argument. Out: the file.

as_root='sudo -n sh'
if [ "$(id -u)" = 0 ]; then
  as_root=/bin/sh
else
  sudo -n true || fail 'only root can write it, and sudo asks for a password or is missing; allow sudo without one, or set delivery = "managed"'
fi
put "{ set +vx; } 2> /dev/null${newline}state='$state' text='$text'$newline$1" | $as_root 2>&3 || exit 1
warn_of_state

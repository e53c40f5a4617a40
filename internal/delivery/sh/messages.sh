# Makes the shell a plain one, and prints messages. A run prints one line: on standard output if it succeeds.
# In: shown_path, the settings file as the template names it. Out: put, say, warn and fail.

# The environment of bash can bring options and functions.
set +aeuC -f
unset -f [ awk base64 cat cd chmod command date dd grep id kill ls mkdir mv printf read readlink rm rmdir sleep sudo timeout tr umask wc
newline='
'

# put prints a text as it is. mksh has print, and no printf of its own.
case $(command -v printf) in
  printf) put() { printf %s "$1"; } ;;
  *) put() { print -rn -- "$1"; } ;;
esac

say() { put "factory: $shown_path: $1$newline"; }
# A shell that redirects a stream keeps it under a number from 10 on, and ends without a word if it has none.
case $(ulimit -n) in
  ? | 1?) say "the limit of open files is too low; run ulimit -n 256; nothing was written" && exit 1 ;;
esac
# A stream that is closed gives its messages to the other.
{ :; } >&2 || { { :; } 2>&1 && exec 2>&1; } || exec 2> /dev/null
exec 3>&2 2> /dev/null
{ :; } 2>&1 || exec >&3
command set +k
export LC_ALL=C
warn() { say "$1" >&3; }
# A failure shows the real path, once that is known.
fail() {
  [ -z "${file-}" ] || shown_path=$file
  warn "$1; nothing was written"
  exit 1
}

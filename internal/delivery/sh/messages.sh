# Makes the shell a plain one, and prints messages. A run prints one line: on standard output if it succeeds.
# In: shown_path, the settings file as the template names it. Out: put, say, warn and fail.

# The environment of bash can bring options and functions.
set +aeuC -f
unset -f [ awk base64 cat cd chmod command date dd grep id kill ls mkdir mv printf read readlink rm rmdir sleep sudo timeout tr umask wc
{ :; } >&2 || exec 2> /dev/null
exec 3>&2 2> /dev/null
command set +k
export LC_ALL=C
newline='
'

# put prints a text as it is. mksh has print, and no printf of its own.
case $(command -v printf) in
  printf) put() { printf %s "$1"; } ;;
  *) put() { print -rn -- "$1"; } ;;
esac

say() { put "factory: $shown_path: $1$newline"; }
warn() { say "$1" >&3; }
# A failure shows the real path, once that is known.
fail() {
  [ -z "${file-}" ] || shown_path=$file
  warn "$1; nothing was written"
  exit 1
}

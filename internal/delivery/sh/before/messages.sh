# Messages. A run prints one line, on standard output if it succeeds.
# In: shown_path, the settings file as messages name it. Out: the functions say, warn fail and put.

# Messages of other programs are not shown. One clear line is enough.
\exec 3>&2 2> /dev/null
newline='
'

# put prints a text as it is. Korn shells use print, because mksh has no printf.
if [ -n "${KSH_VERSION-}" ]; then
  put() { \print -rn -- "$1"; }
else
  put() { \printf %s "$1"; }
fi

say() { put "factory: $shown_path: $1$newline"; }
warn() { say "$1" >&3; }
fail() {
  warn "$1; nothing was written"
  \exit 1
}

# Turns the shell into a plain one, whatever the template's author or the person has set. From here on, a command has a backslash
# before it if its name may be an alias of theirs.
# In: nothing. Out: the shell does not trace, so it prints no secret; standard error is open.
{ \set +vx; } 2> /dev/null
[ -z "${ZSH_VERSION-}" ] || emulate -R sh
\set +aefu -C
\unset IFS
{ \:; } >&2 || \exec 2> /dev/null

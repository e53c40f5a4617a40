# Makes the shell a plain one, whatever the author of the template or the person has set. Each command's name that follows has a
# backslash before it where an alias of theirs could stand in for it.
# In: nothing. Out: no tracing, so that no secret is printed; standard error is open.
{ \set +vx; } 2> /dev/null
[ -z "${ZSH_VERSION-}" ] || emulate -R sh
\set +aefu -C
\unset IFS
{ \:; } >&2 || \exec 2> /dev/null

# What is different for a managed file of our own. Droid reads it as its organisation's settings, because a variable names it. The
# document becomes the whole file.
# In: file and target. Out: check_managed, clear_own_file and conclude.

check_managed() {
  [ ! -e /etc/factory/settings.json ] ||
    fail 'Droid reads no other managed file beside /etc/factory/settings.json; set settings_path = "/etc/factory/settings.json", or delivery = "merge"'
  [ "${FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH-}" = "$file" ] ||
    fail 'FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH names another file; give the agent all of env, no second managed factory_custom_models, and HOME in its own environment'
}

# clear_own_file removes what an earlier delivery by merge has left in the person's own file. It runs only until there is a managed
# file; later the person's file is not opened.
clear_own_file() (
  configured_path='~/.factory/settings.json' mode=clear
  shown_path=$configured_path
  find_file
  check_file
  [ -e "$target" ] || \exit 0
  merge_file /dev/null
  [ "${merged%% *}" != same ] || \exit 0
  work
)

# conclude warns of a Droid that is older than the oldest one that was seen to read a managed file. Some releases take a second to tell
# their version. So Droid is asked only if the file or Droid is new, and the lock is released before. Droid gets another HOME, so that
# it writes nothing into the person's.
conclude() {
  [ "$mode" = whole ] && [ -n "$scratch" ] && droid=$(\command -v droid) || return 0
  [ "${merged%% *}" != same ] || [ "$droid" -nt "$target" ] || return 0
  release_lock "$identity"
  locked=''
  HOME=$scratch \timeout -s KILL 5 droid --version < /dev/null > "$scratch/version"
  read -r version < "$scratch/version"
  case $version in
    0.[0-9].* | 0.[0-9][0-9].* | 0.1[0-9][0-9].* | 0.20[0-9].* | 0.21[0-4].*)
      warn "Droid $version may be too old to read it; 0.215.0 and later do" ;;
  esac
}

# What a run says after it has written a file of our own.
# In: state, names and patterns, which find our models in a file.

warn_of_state() {
  [ "$state" != keyless ] || warn 'no token could be made when the workspace was built, so the gateway refuses these models'
  warn_of_unset
  users_file=${FACTORY_HOME_OVERRIDE:-${HOME-}}/.factory/settings.json
  [ -f "$users_file" ] && grep -q -F -e "$patterns" "$users_file" || return 0
  shown_path='~/.factory/settings.json'
  warn "an earlier delivery left models here; they do no harm; to remove them, delete the entries of customModels whose id begins with ${patterns%%"$newline"*}\""
}

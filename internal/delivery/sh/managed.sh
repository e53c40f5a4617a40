# Delivers through a managed file of our own. Droid reads it as its organization's settings, because a variable names it. That variable
# can only name a file below HOME, whatever FACTORY_HOME_OVERRIDE says.

home=${HOME-} file_mode=600 listed_mode=-rw-------
remedy="set another settings_path"
umask 077
find_file
[ ! -h /etc/factory/settings.json ] && [ ! -e /etc/factory/settings.json ] ||
  fail 'Droid reads no other managed file beside /etc/factory/settings.json; set delivery = "system" or "merge"'
[ "${FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH-}" = "$file" ] ||
  fail "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH names another file; give the agent all of env, no second managed factory_custom_models, and HOME in its own environment"
refuse_root "$home" "${file%/*}"
mkdir "${file%/*}"
write_own
conclude

# Delivers through a managed file of our own. Droid reads it as its organization's settings, because a variable names it.

file_mode=600
umask 077
[ ! -e /etc/factory/settings.json ] ||
  fail 'Droid reads no other managed file beside /etc/factory/settings.json; set delivery = "system" or "merge"'
[ "${FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH-}" = "$file" ] ||
  fail "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH names another file; give the agent all of env, no second managed factory_custom_models, and HOME in its own environment"
refuse_root "$home" "${file%/*}"
mkdir "${file%/*}"
write_own
conclude

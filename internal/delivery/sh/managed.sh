# Delivers through a managed file of our own. A variable names it to Droid, as its organization's settings.

file_mode=600
umask 077
[ ! -e /etc/factory/settings.json ] ||
  fail 'Droid reads /etc/factory/settings.json in its place; set delivery = "system" or "merge"'
[ "${FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH-}" = "$file" ] ||
  fail "FACTORY_ORG_MANAGED_SETTINGS_LOCAL_PATH names another file; give the agent all of env, HOME, and one managed factory_custom_models"
refuse_root "$home" "${file%/*}"
[ -d "${file%/*}" ] || mkdir "${file%/*}"
write_own
conclude

# Where the settings file is.
# In: settings_path and home. Out: file.

file=$settings_path
if [ "${file#\~/}" != "$file" ]; then
  file=$home/${file#\~/}
  [ "${home#/}" != "$home" ] || fail "HOME is not an absolute path; set HOME for the agent"
fi

# Root does not work in the files of another user, who could lead it elsewhere with links. A folder that is missing will
# be made in the one above it.
refuse_root() {
  for place in "$@"; do
    [ -e "$place" ] || place=${place%/*}/
    [ ! -e "$place" ] || [ -O "$place" ] || [ "$(id -u)" != 0 ] ||
      fail "root does not write here, because $place belongs to another user; run the script as that user"
  done
}

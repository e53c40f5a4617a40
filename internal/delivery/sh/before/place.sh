# Where the settings file is, and who owns it.
# In: configured_path. Out: file and its folder; target, the file that a symbolic link leads to, and its target_folder.
# If root runs this, what it makes belongs to the owner of the folder around it.

find_file() {
  case $configured_path in
    '~/'*)
      [ -n "${HOME-}" ] || fail 'HOME is not set, so it is not known where this is'
      file=$HOME/${configured_path#'~/'}
      ;;
    *) file=$configured_path ;;
  esac
  [ "${file#/}" != "$file" ] || fail 'HOME is not an absolute path'
  target=$file links=0
  while [ -h "$target" ]; do
    links=$((links + 1))
    [ "$links" -le 40 ] || fail 'too many levels of symbolic links'
    link=$(\readlink "$target" && put x) || fail 'the symbolic link can not be read'
    link=${link%x}
    link=${link%"$newline"}
    [ "${link#/}" != "$link" ] || link=${target%/*}/$link
    target=$link
  done
  folder=${file%/*} target_folder=${target%/*}
}

is_root() { [ "$(\id -u)" = 0 ]; }

# find_owner FILE finds the owner that a new file needs if it replaces FILE, or if it is made in the folder FILE. The owner is empty
# if nothing has to change: this user owns FILE, or is not root.
find_owner() {
  owner=''
  [ ! -O "$1" ] && is_root || return
  set -- $(\ls -ldn "$1")
  owner=$3:$4
}

# give OWNER FILE... gives files to an owner, if there is one.
give() { [ -z "$1" ] || \chown "$@"; }

make_folder() {
  \mkdir "$1" || return
  find_owner "${1%/*}/"
  give "$owner" "$1"
}

make_folders() {
  for made in "${folder:-/}" "${target_folder:-/}"; do
    [ -d "$made" ] || make_folder "$made" || [ -d "$made" ] || fail 'its folder can not be made'
  done
}

check_file() {
  [ -e "$target" ] || return 0
  [ -f "$target" ] || fail 'it is not a regular file'
  [ -r "$target" ] || fail 'it can not be read'
  [ -O "$target" ] || is_root || fail 'it belongs to another user; run as its owner'
}

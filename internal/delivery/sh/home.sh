# Where the settings file is.
# In: settings_path and home. Out: file.

find_file() {
  file=$settings_path
  case $file in
    '~/'*)
      [ -n "$home" ] || fail 'HOME is not set, so it is not known where this is; set HOME for the agent'
      file=${home%/}/${file#'~/'}
      ;;
  esac
  case $file in
    /*) ;;
    *) fail 'HOME is not an absolute path; set HOME for the agent' ;;
  esac
}

# Root does not work in the files of another user, who could lead it elsewhere with links.
refuse_root() {
  for owned_by_root in "$@"; do
    [ ! -e "$owned_by_root" ] || [ -O "$owned_by_root" ] || [ "$(id -u)" != 0 ] ||
      fail "root does not write here, because $owned_by_root belongs to another user; run the script as that user"
  done
}

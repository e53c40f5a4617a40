# Writes a new file beside the target and puts it in its place. In: target, its folder target_folder, and file_mode.
# Out: make_scratch, remove_scratch, replace_file and why.

# make_scratch makes a folder that only this user can read and write, and makes it the working folder. So nobody can put
# another file in the place of the new one, not even in a folder that others can write to. The file in it is called new.
# A run that was killed may have left such a folder.
make_scratch() {
  remove_scratch
  mkdir -m 700 "$scratch" && cd "$scratch" && [ -O . ] || return
  case $(ls -ld .) in
    drwx--[-S]---*) true > new && chmod "$file_mode" new ;;
    *) return 1 ;;
  esac
}

remove_scratch() {
  cd /
  scratch=$target_folder/.${target##*/}.factory-tmp
  [ -h "$scratch" ] || [ ! -e "$scratch/new" ] || rm -f "$scratch/new"
  [ ! -e "$scratch" ] && [ ! -h "$scratch" ] || rmdir "$scratch" || rm -f "$scratch"
}

# replace_file puts the new file in place of the old one. It tells whether the new one is there.
replace_file() {
  # An old sync takes no file. Then the file system decides when the text is on disk.
  timeout 5 sync -d new
  mv -f new "$target"
  [ ! -e new ] && [ -f "$target" ]
}

# why says what to do where nothing can be made in a folder.
why() {
  [ -w "$1" ] && put "; free disk space, and clear what is in the way" && return
  put ": no right to write in $1; check its rights and mount"
}

# What root does for the system-managed file. In: settings_path, state and text. Out: the file, which every user can
# read, and status 3, which a program that was cut short does not have.

file=$settings_path file_mode=644
folder=${file%/*}
[ -h "$folder" ] || [ -e "$folder" ] || mkdir -m 755 "$folder" || fail "$folder can not be made; check that /etc can be written to"
[ ! -h "$folder" ] && [ -d "$folder" ] && [ -O "$folder" ] || fail "$folder must be a folder that belongs to root; remove it"
case $(ls -ld "$folder") in
  d????-??-*) ;;
  *) fail "other users can write to $folder; run chmod go-w $folder" ;;
esac
write_own
exit 3

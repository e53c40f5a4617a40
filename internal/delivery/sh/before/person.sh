# What follows the merge into a person's file, or into a system-managed one.
# In: folder, and managed_file, the file below HOME that an earlier delivery through a managed file has left; empty for none. Out: that
# file is gone, and the warnings.

conclude() {
  [ ! -f "$HOME/$managed_file" ] || \rm -f "$HOME/$managed_file"
  local_file=$folder/settings.local.json
  [ ! -f "$local_file" ] || [ ! -r "$local_file" ] || [ "$(run_merge "$local_file" probe '')" != models ] ||
    warn 'settings.local.json beside it has customModels, which hide these'
}

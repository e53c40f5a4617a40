# Takes apart what the environment variable brings: the resource, the state, the variables that keys refer to, and a
# text in base64. In: value, variable and resource. Out: state, text and conclude.

[ -n "$value" ] || fail "$variable is not set; in coder_agent, beside startup_script, add env = factory_custom_models.NAME.env"
[ "${value%%:*}" = "$resource" ] ||
  fail "$variable brings the models of another factory_custom_models; give each its own namespace"
value=${value#*:}
state=${value%%:*}
value=${value#*:}
names=${value%%:*}
text=${value#*:}
case $state$names$text in
  *[!A-Za-z0-9+/=_,]*) fail "$variable was changed on its way; pass on factory_custom_models.NAME.env as it is" ;;
esac

# warn_of_lacks says that there is no token, and names each variable that a key refers to and that has no value.
warn_of_lacks() {
  [ "$state" != keyless ] || warn "no token could be made when the workspace was built, so the gateway refuses these models"
  IFS=,
  for referred in $names; do
    eval "[ -n \"\${$referred-}\" ]" || warn "$referred in api_key is not set; set it for the agent, or Droid sends the reference itself"
  done
}

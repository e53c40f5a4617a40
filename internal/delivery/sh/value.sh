# Takes apart what the environment variable brings: the resource, the state, the variables that keys refer to, and a text in base64.
# In: value, variable and resource. Out: state and text.

[ -n "$value" ] || fail "$variable is not set; in coder_agent, beside startup_script, add env = factory_custom_models.NAME.env"
[ "${value%%:*}" = "$resource" ] ||
  fail "$variable brings the models of another factory_custom_models; give each one on an agent a namespace of its own"
value=${value#*:}
state=${value%%:*}
value=${value#*:}
names=${value%%:*}
text=${value#*:}
case $state:$text in
  *: | *[!a-zA-Z0-9+/=:]*) fail "$variable was changed on its way; pass it on from factory_custom_models.NAME.env as it is" ;;
esac

# warn_of_unset names each variable that a key refers to and that has no value.
warn_of_unset() {
  while [ -n "$names" ]; do
    name=${names%%,*}
    names=${names#"$name"}
    names=${names#,}
    case $name in
      [!A-Za-z_]* | *[!A-Za-z0-9_]*) continue ;;
    esac
    eval "[ -n \"\${$name-}\" ]" || warn "$name in api_key is not set, so Droid would send the reference itself; set $name for the agent"
  done
}

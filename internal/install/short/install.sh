set +eu -C
umask "$mask"
exec 3>&2 2>/dev/null
E='
'
b='' g=''
K() { printf 'factory: %s: %s\n' "$shown" "$1"; }
N() { K "$1" >&3; }
w() {
N "$1; nothing was written"
exit 1
}
s() {
[ -z "$g" ] || rm -f "$g"
[ -z "$b" ] || J "$C"
}
M() {
if [ -e "$L" ]; then
G "$L"
t && v "$L"
return 1
fi
mkdir "$k"
{
b=1
printf %s "$C"
} > "$k/owner.json"
[ -n "$b" ] || return 1
if [ ! -e "$L" ]; then
G "$k"
[ "$F" != "$C" ] || return 0
fi
J "$C"
b=''
return 1
}
G() {
F=''
IFS= read -r F < "$1/owner.json"
}
v() {
rm -f "$1/owner.json"
rmdir "$1"
}
J() {
G "$k"
[ "$F" = "$1" ] || [ -z "$F" ] || return 0
v "$k"
}
t() {
m=${F##*'"pid":'}
m=${m%%[!0-9]*}
[ -n "$m" ] && [ ! -d "/proc/$m" ] && ! kill -0 "$m"
}
I() {
if mkdir "$L"; then
printf %s "$C" > "$L/owner.json"
J "$o"
else
[ "$f" -ge 100 ] || return
fi
v "$L"
}
r() {
k=$l.lock
if [ "${u##*/}" = .factory ]; then
k=$u/state/${l##*/}.lock
[ -d "$u/state" ] || mkdir "$u/state"
fi
L=$k.reclaim
C="{\"token\":\"factory-$$-${PPID-0}-$mask\",\"pid\":$$}"
o='' f=0 q=0 c=0
until M; do
[ "$q" -lt 250 ] || w 'it is locked by another program'
c=$((c + 1))
[ ! -e "$k/owner.json" ] && [ ! -e "$L" ] || c=0
[ "$c" -lt 9 ] || w 'its lock can not be made: no right to, or disk full'
G "$k"
[ "$F" = "$o" ] || f=0
o=$F
{ t || [ "$f" -ge $((${F:+8}0 + 20)) ]; } && I
d=250
sleep 0.1 && d=1 || { sleep 1 && d=10; }
f=$((f + d)) q=$((q + d))
done
}
z() {
case $configured in
'~/'*)
[ -n "${HOME-}" ] || w 'HOME is not set, so it is not known where this is'
l=$HOME/${configured#'~/'}
;;
*) l=$configured ;;
esac
[ "${l#/}" != "$l" ] || w 'HOME is not an absolute path'
h=$l i=0
while [ -h "$h" ]; do
i=$((i + 1))
[ "$i" -le 40 ] || w 'too many levels of symbolic links'
a=$(readlink "$h" && printf x) || w 'the symbolic link can not be read'
a=${a%x}
a=${a%"$E"}
[ "${a#/}" != "$a" ] || a=${h%/*}/$a
h=$a
done
u=${l%/*} y=${h%/*}
}
H() {
for made in "${u:-/}" "${y:-/}"; do
[ -d "$made" ] || mkdir "$made" || [ -d "$made" ] || w 'its folder can not be made'
done
[ -e "$h" ] || return 0
[ -f "$h" ] || w 'it is not a regular file'
[ -r "$h" ] || w 'it can not be read'
[ -O "$h" ] || [ "$(id -u)" = 0 ] || w 'it belongs to another user; run as its owner'
}
A() {
for g in "$y/.${h##*/}".*.factory-tmp; do
[ ! -f "$g" ] || rm -f "$g"
done
g=$y/.${h##*/}.$$.factory-tmp
true > "$g" || w 'its folder is not writable'
if [ -e "$h" ] && [ ! -O "$h" ]; then
cp -p "$h" "$g" || w 'its owner can not be kept'
fi
}
B() {
p=0 j=/dev/null
if [ -e "$1" ]; then
j=$1
p=$(wc -c < "$j") || return
fi
f_mode=$2 f_in=$j f_size=$p f_out=$g f_prefix=$prefix f_variable=$variable f_strict=$strict LC_ALL=C merge_awk < "$j"
}
x() {
case $e in
'write '*)
e=${e#write }
[ "$(wc -c < "$g")" -eq "${e%% *}" ] || w 'it can not be written whole: is the disk full?'
{ [ ! -e "$h" ] || [ -O "$h" ] || chmod "$mode" "$g"; } && mv -f "$g" "$h" || w 'it can not be replaced'
g=''
K "${e#* }"
;;
'same '*)
[ ! -e "$h" ] || chmod "$mode" "$h" || w 'its mode can not be set'
K "${e#same }"
;;
'refuse '*)
printf 'factory: %s:%s; nothing was written\n' "$shown" "${e#refuse }" >&3
exit 1
;;
'document '*) w "$variable is not what factory_custom_models made: ${e#document }" ;;
*) w 'awk gave no answer' ;;
esac
}
O() {
while [ "$n" != "${n#*"$E"}" ]; do
n=${n#*"$E"}
D=${n%%"$E"*}
N "${D#unset } in api_key is not set; Droid would send the reference itself"
done
[ ! -r "$u/settings.local.json" ] || [ "$(B "$u/settings.local.json" probe)" != models ] ||
N 'settings.local.json beside it has customModels, which hide these'
}
[ -n "$document" ] || w "$variable is not set; in coder_agent, beside the script, add $wire"
z
if [ ! -e "$h" ] && [ "$document" = "$none" ]; then
K 'no models, nothing to do'
exit 0
fi
H
trap s EXIT
trap 'exit 1' HUP INT PIPE TERM
r
A
e=$(B "$h" B) || w 'awk or wc failed'
n=$e e=${e%%"$E"*}
x
O
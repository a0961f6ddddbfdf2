# Loops, functions, arithmetic, expansions, here-documents, case, traps.
add() { echo $(($1 + $2)); }
fib() { if [ "$1" -lt 2 ]; then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
for i in 1 2 3 4 5; do echo "loop $i: $(add $i $((i * i)))"; done
n=0; while [ $n -lt 3 ]; do n=$((n + 1)); [ $n = 2 ] && continue; echo "while $n"; done
until [ $n -eq 0 ]; do n=$((n - 1)); done; echo "until $n"
fib 9
x=abcdefabc
echo "${x#abc} ${x##*a} ${x%abc} ${x%%c*} ${#x} ${x:-none} ${unset:-default} ${x/abc/X}"
set -- one two "three four"; echo "$# $2 $3"; shift; echo "$*"
case $x in a*c) echo matched ;; *) echo no ;; esac
cat <<END
here $x $(echo substituted) $((6 * 7))
END
cat <<'END'
literal $x
END
(exit 3); echo "status $?"
trap 'echo leaving' EXIT
false || echo or; true && echo and; ! false && echo not
printf '%5d|%-5s|%05.2f|%x|%o|%c\n' 42 ab 3.14159 255 8 z
echo $((0x7fffffffffffffff + 1)) $((-7 / 2)) $((-7 % 3)) $((1 << 40)) $((5 > 3 && 2 < 1)) $((~0))
read a b <<END
first second third
END
echo "[$a] [$b]"
IFS=:; set -- $(echo a:b:c); echo $#
exit 7

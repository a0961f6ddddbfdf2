# Programs that want a terminal, without one; stty, tty, clear, vi on a pipe.
tty; echo "tty $?"; stty size 2>&1; echo "stty $?"; test -t 0; echo "test $?"
printf ':wq\n' | vi new > /dev/null 2>&1; echo "vi $?"; printf 'ihello\033:wq\n' | vi made > screen 2>/dev/null; echo "vi $?"; cat made; wc -c < screen
echo 'quit' | more > /dev/null; echo "more $?"; reset > /dev/null 2>&1; echo "reset $?"

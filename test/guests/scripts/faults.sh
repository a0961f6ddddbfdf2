# Exit statuses as a shell reports them.
nonexistent; echo "127: $?"; touch notexec; ./notexec; echo "126: $?"; chmod +x notexec; ./notexec; echo "empty script: $?"
printf '#!/bin/sh\necho script "$@"; exit 9\n' > s; chmod +x s; ./s a b; echo $?; printf '#!./s x\n' > s2; chmod +x s2; ./s2 y; echo $?
printf '#!/missing/interpreter\n' > s3; chmod +x s3; ./s3; echo $?; printf '\177ELF\2\1\1' > broken; chmod +x broken; ./broken 2> /dev/null; echo $?
sh -c 'kill -SEGV $$'; echo "segv $?"; sh -c 'kill -9 $$'; echo "kill $?"; sh -c 'kill -FPE $$'; echo "fpe $?"; sh -c 'exit 300'; echo $?
cd /nonexistent; echo $?; sh -c 'set -e; false; echo not'; echo $?; sh -u -c 'echo $undefined'; echo $?; cat < /nonexistent; echo $?; echo $((1 / 0)); echo unreachable

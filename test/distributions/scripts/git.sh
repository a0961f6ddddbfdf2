# oracle: native (nothing depends on the architecture)
# git over a local path: init, add, commit, branch, merge, log, clone, push, fsck.
export HOME=$PWD GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_PAGER=cat
git init -q -b main r && cd r || exit 1
for i in 1 2 3; do echo "line $i" >> file; mkdir -p d; echo $i > d/$i; git add -A; git commit -qm "commit $i"; done
git log --format='%H %s'; git log --stat --oneline | tail -4; git status --short --branch
git checkout -q -b topic HEAD~1; echo topic > topic; git add topic; git commit -qm topic; git merge -q --no-edit main; git log --graph --oneline
git diff main --stat; git show --stat --format=%an HEAD~1; git blame -s file; git tag -a v1 -m one; git describe
cd .. && git clone -q r c 2>&1; cd c && git log -1 --format=%H; git branch -a; echo more >> file; git commit -qam more; git push -q origin HEAD:refs/heads/pushed; git -C ../r branch
git gc -q; git fsck 2>&1 | grep -v '^Checking'; git count-objects -v | sed -n '/^count\|in-pack\|packs/p'; git archive HEAD | tar -t; git stash list; git rev-parse HEAD^{tree}
git submodule --quiet add ../r sub 2>&1 | head -2; git -c protocol.file.allow=always submodule --quiet add ../r sub; git config -f .gitmodules --list
git bundle create -q ../b HEAD && git bundle verify -q ../b && git ls-remote ../b | cut -c1-10; git grep -n 'line 2'; git worktree add -q ../w HEAD && git worktree list | wc -l

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The templates for GitHub Actions and GitLab CI: YAML, and their shell steps, run as they stand in a scratch clone of
# this tree, pass when nothing changed and fail when the gate does. apt-get alone is a stand-in.
# Tier: all
. "$PWD/ci/tests/lib.sh"
need jq git
ci=$top/ci
own_git
cd "$work" || exit 1

need yamllint yq bash
git -C "$top" rev-parse --git-dir >/dev/null 2>&1 || skip "this is no git repository"
rules='{extends: default, rules: {line-length: disable, document-start: disable, truthy: disable,
  comments: {min-spaces-from-content: 1}}}'
ok "yamllint" yamllint -d "$rules" "$ci/templates/github.yml" "$ci/templates/gitlab.yml"

# The tree as it is now, committed or not.
git clone -q "$top" clone || exit 1
(cd "$top" && git ls-files -z | xargs -0 cp --parents -P -t "$work/clone") || exit 1
# Two traces do for this.
find clone/traces/corpus clone/ci/golden -name '*.vtt' -o -name '*.txt' | grep -v '/pvh[26]' | xargs rm
git -C clone add -A
git -C clone commit -q --allow-empty -m "As it is now"
mkdir bin
printf '#!/bin/sh\nexit 0\n' >bin/apt-get
chmod +x bin/apt-get
# Nor is anything asked of a network: comments are taken.
cat >bin/curl <<'END'
#!/bin/sh
for word; do
	case ${before-} in
	--output) output=$word ;;
	--url) url=$word ;;
	--data-binary) cp "${word#@}" "$COMMENTS" ;;
	esac
	before=$word
done
case $url in
*page=*) echo "[]" ;;
*) echo "{}" ;;
esac >"$output"
cat >/dev/null
printf 200
END
chmod +x bin/curl
export COMMENTS="$work/comment.json" GITHUB_TOKEN=x GITHUB_REPOSITORY=o/r NUMBER=1
export GITLAB_TOKEN=x CI_API_V4_URL=https://gitlab.test CI_PROJECT_ID=1 CI_MERGE_REQUEST_IID=1
PATH=$work/bin:$PATH
export PATH
# But for that all is as the templates have it.
quick_build

# GitHub runs each step by itself, as `shell: bash` says. Sets $got to the first failure.
github_job()
{
	got=0 count=$(yq -r ".jobs.$1.steps | length" "$ci/templates/github.yml") n=0
	BASE=$(git -C clone rev-parse HEAD~1) HEAD=$(git -C clone rev-parse HEAD) GITHUB_STEP_SUMMARY=$work/step-summary.md
	export BASE HEAD GITHUB_STEP_SUMMARY
	while [ "$n" -lt "$count" ]; do
		yq -r ".jobs.$1.steps[$n].run // \"\"" "$ci/templates/github.yml" >step.sh
		(cd clone && bash --noprofile --norc -eo pipefail "$work/step.sh") >"step-$n.txt" 2>&1 </dev/null || {
			got=$?
			failed_step=$(yq -r ".jobs.$1.steps[$n].name" "$ci/templates/github.yml")
			cp "step-$n.txt" step.txt
			return
		}
		n=$((n + 1))
	done
}

# GitLab runs before_script and script as one shell script that ends at the first failure; after_script by itself.
gitlab_job()
{
	got=0
	yq -r ".$1 | (.before_script[], .script[])" "$ci/templates/gitlab.yml" >step.sh
	(cd clone && sh -e "$work/step.sh") >step.txt 2>&1 </dev/null || got=$?
	yq -r ".$1.after_script[]?" "$ci/templates/gitlab.yml" >step.sh
	(cd clone && sh -e "$work/step.sh") >after.txt 2>&1 </dev/null || true
}

CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git -C clone rev-parse HEAD~1) CI_COMMIT_SHA=$(git -C clone rev-parse HEAD)
export CI_MERGE_REQUEST_DIFF_BASE_SHA CI_COMMIT_SHA
gitlab_job gate
ok "GitLab: the gate passes" test "$got" = 0 || cat step.txt
has "GitLab: it was the gate" "^same, gate passed: " step.txt
ok "GitLab: JUnit" grep -q '<testsuite' clone/gate.xml
yq -r '.defaults.run.shell' "$ci/templates/github.yml" >shell.txt
has "GitHub: steps run with pipefail" "^bash$" shell.txt

# Every tick comes a little late.
sed -i 's/^	v->itm = a->deadline;/	v->itm = a->deadline + 100000;/' clone/replay/policies/virtual.c
git -C clone commit -qam "Worse" || exit 1
gitlab_job gate
ok "GitLab: the gate fails" test "$got" = 1
has "GitLab: it says by what" "^[a-z]*, gate failed: .*virtual" step.txt
has "GitLab: the failure is in JUnit" '<failure' clone/gate.xml
ok "GitLab: the comment says so" sh -c 'jq -r .body comment.json | grep -q "^### vtick: .*gate failed"'
ok "GitLab: and the page" grep -q "gate failed" clone/gate.html
CI_COMMIT_SHA=$(git -C clone rev-parse HEAD)
CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git -C clone rev-parse HEAD~1)
gitlab_job patch
ok "GitLab: the patch fails" test "$got" = 1 || cat step.txt
has "GitLab: and is shown" "(As it is now) → .*(Worse)" after.txt
github_job gate
ok "GitHub: the gate fails" test "$got" = 1
ok "GitHub: at its step, through a pipe" test "$failed_step" = Gate
has "GitHub: it says by what" "^[a-z]*, gate failed: .*virtual" step.txt
yq -r '.jobs.gate.steps[] | select(.name == "Annotations").run' "$ci/templates/github.yml" >step.sh
(cd clone && bash --noprofile --norc -eo pipefail "$work/step.sh") >step.txt 2>&1
has "GitHub: annotations" '^::error' step.txt
rm comment.json
yq -r '.jobs.gate.steps[] | select(.name == "Comment").run' "$ci/templates/github.yml" >step.sh
(cd clone && bash --noprofile --norc -eo pipefail "$work/step.sh") >step.txt 2>&1
ok "GitHub: the comment says so" sh -c 'jq -r .body comment.json | grep -q "^### vtick: .*gate failed"' || cat step.txt
ok "GitHub: and the page" grep -q "gate failed" clone/gate.html
yq -r '.jobs.gate.steps[] | select(.name == "Patch").run' "$ci/templates/github.yml" >step.sh
(cd clone && bash --noprofile --norc -eo pipefail "$work/step.sh") >step.txt 2>&1
ok "GitHub: the patch fails, through a pipe" test $? = 1
has "GitHub: the summary shows it" "(As it is now) → .*(Worse)" step-summary.md

git -C clone revert --no-edit HEAD >revert.txt 2>&1 || exit 1
got=0
yq -r '.jobs.gate.steps[] | select(.name == "Build" or .name == "Gate").run' "$ci/templates/github.yml" >step.sh
(cd clone && bash --noprofile --norc -eo pipefail "$work/step.sh") >step.txt 2>&1 || got=$?
ok "GitHub: the gate passes after a revert" test "$got" = 0 || cat step.txt
finish

#!/bin/bash
# The same commands that a run executes, as a person would type them one after the other: what cc-ci is compared to.
# Environment: WORK RECIPE REPO DOMAIN STACK HEALTH ROOT NODE DOCKER_HOST ADDRESS CA ZONE CHROMIUM ABRA CONTEXT
# STAGES: those to do; before them stands prepare, after them evidence and teardown.
# TIMES: a file, gets one line "<stage> <seconds>" each.
set -euo pipefail
export ABRA_DIR=$WORK/abra CCCI_RESOLVE_IMAGE=never NO_COLOR=1
checkout=$ABRA_DIR/recipes/$RECIPE
env_file=$ABRA_DIR/servers/default/$DOMAIN.env
tests=$ROOT/tests/recipes

# --- what several stages do ---

checked_out() { git checkout -q --force -B main "$1"; }

new_app() {
  rm -f "$env_file"
  "$ABRA" app new "$RECIPE" -n -C --server=default --domain="$DOMAIN" >/dev/null 2>&1
  sed -i 's/^LETS_ENCRYPT_ENV=.*/LETS_ENCRYPT_ENV=/' "$env_file"
}

deploy_head() {
  checked_out origin/main
  "$ABRA" app deploy "$DOMAIN" -n -C -D >/dev/null 2>&1
}

answering() {
  local good=0 code
  while [ "$good" -lt 3 ]; do
    code=$(curl -s -o /dev/null -w '%{http_code}' --cacert "$CA" --connect-to "$DOMAIN:443:$ADDRESS:443" "https://$DOMAIN$HEALTH" || true)
    if [ "$code" = 200 ]; then good=$((good + 1)); else good=0; fi
    sleep 0.25
  done
}

# The recipe's own tests of a stage, or those that hold for every recipe.
run_tests() {
  local folder files=()
  for folder in "$tests/$RECIPE" "$tests/_generic"; do
    for file in "$folder/$1.test.ts" "$folder/playwright/$1.test.ts"; do
      if [ -e "$file" ]; then files+=("$file"); fi
    done
    if [ ${#files[@]} -gt 0 ]; then break; fi
  done
  (cd "$ROOT" && CCCI_APP_CONTEXT=$CONTEXT "$NODE" node_modules/vitest/vitest.mjs run --config tests/harness/vitest.config.ts \
    --root "$ROOT" --dir "$tests" --reporter=verbose "${files[@]}" >/dev/null 2>&1)
}

# seed, mutate or read; what is there then is kept under the second name.
data() {
  local module=$tests/$RECIPE/data.ts
  if [ ! -e "$module" ]; then module=$tests/_generic/data.ts; fi
  (cd "$ROOT" && CCCI_APP_CONTEXT=$CONTEXT "$NODE" tests/harness/ledger-main.ts "$1" "$module" "$WORK/$2.json" >/dev/null)
}

gone() {
  while [ -n "$("$@" -q --filter "label=com.docker.stack.namespace=$STACK")" ]; do sleep 0.25; done
}

take_down() {
  "$ABRA" app undeploy "$DOMAIN" -n >/dev/null 2>&1
  gone docker ps -a
  "$ABRA" app volume rm "$DOMAIN" -n >/dev/null 2>&1
  gone docker volume ls
}

# A backupbot of abra's keeps its archive in a container of its own, and a run does not look into it either.
look_into_backup() {
  local backups=$ABRA_DIR/backups found=0 archive
  if [ ! -e "$backups/restic" ]; then return; fi
  local in_backup=(restic --no-cache --repo "$backups/restic" --password-file "$backups/password")
  for archive in $("${in_backup[@]}" ls latest | grep '\.tar$'); do
    found=$((found + $("${in_backup[@]}" dump latest "$archive" | tar -xO | grep -c ccci-ledger- || true)))
  done
  test "$found" -gt 0
}

# --- the stages ---

do_prepare() {
  git fetch -q origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
  checked_out origin/main
  "$ABRA" --version >/dev/null
  "$ABRA" server add --local >/dev/null 2>&1
  image=$(sed -n 's/^ *image: *//p' compose.yml | head -n 1)
  docker image inspect "$image" >/dev/null
}

do_lint() { "$ABRA" recipe lint -n -C "$RECIPE" >/dev/null 2>&1; }

do_install() {
  new_app
  "$ABRA" app secret generate "$DOMAIN" -a -n -m -C >"$WORK/secrets.json" 2>/dev/null
  "$NODE" "$ROOT/tests/bench/context.ts" "$WORK/secrets.json" "$CONTEXT"
  deploy_head
  answering
  run_tests install
}

do_upgrade() {
  take_down
  local previous
  previous=$(git describe --tags --abbrev=0)
  checked_out "$previous"
  new_app
  # It ends with 1 where no secret is missing.
  "$ABRA" app secret generate "$DOMAIN" -a -n -m -C >/dev/null 2>&1 || true
  "$ABRA" app deploy "$DOMAIN" "$previous" -n -D >/dev/null 2>&1
  answering
  data seed seeded
  deploy_head
  answering
  data read upgraded
  cmp "$WORK/seeded.json" "$WORK/upgraded.json"
  run_tests upgrade
  deploy_head
  data read redeployed
  cmp "$WORK/seeded.json" "$WORK/redeployed.json"
}

do_backup() {
  data seed seeded
  "$ABRA" app backup create "$DOMAIN" -n >/dev/null 2>&1
  look_into_backup
  data read backed-up
  cmp "$WORK/seeded.json" "$WORK/backed-up.json"
}

restored() {
  "$ABRA" app restore "$DOMAIN" -n >/dev/null 2>&1
  answering
  data read restored
  cmp "$WORK/seeded.json" "$WORK/restored.json"
}

do_restore() {
  data mutate mutated
  if cmp -s "$WORK/seeded.json" "$WORK/mutated.json"; then return 1; fi
  restored
  take_down
  deploy_head
  answering
  data read fresh
  if cmp -s "$WORK/seeded.json" "$WORK/fresh.json"; then return 1; fi
  restored
}

do_test() { run_tests test; }

do_evidence() {
  docker stack ps --no-trunc "$STACK" >"$WORK/tasks.txt"
  for service in $(docker stack services --format '{{.Name}}' "$STACK"); do docker service logs --tail 200 "$service" >"$WORK/$service.log" 2>&1; done
  "$NODE" "$ROOT/tests/bench/picture.ts" "https://$DOMAIN/" "$WORK/screenshot.png"
}

do_teardown() {
  take_down
  "$ABRA" app secret rm "$DOMAIN" -a -n >/dev/null 2>&1
  rm -rf "$WORK/abra"
}

mkdir -p "$checkout"
git init -q --initial-branch=main "$checkout"
cd "$checkout"
git remote add origin "$REPO"
for stage in prepare $STAGES evidence teardown; do
  began=${EPOCHREALTIME/./}
  "do_$stage"
  took=$((${EPOCHREALTIME/./} - began))
  printf '%s %d.%06d\n' "$stage" $((took / 1000000)) $((took % 1000000)) >>"$TIMES"
done

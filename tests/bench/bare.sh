#!/bin/bash
# The same commands that a run executes, as a person would type them one after the other: what cc-ci is compared to.
# Environment: WORK RECIPE REPO DOMAIN STACK ROOT NODE DOCKER_HOST ADDRESS CA ZONE CHROMIUM ABRA CONTEXT
set -euo pipefail
export ABRA_DIR=$WORK/abra CCCI_RESOLVE_IMAGE=never NO_COLOR=1
checkout=$ABRA_DIR/recipes/$RECIPE

mkdir -p "$checkout"
git init -q --initial-branch=main "$checkout"
cd "$checkout"
git remote add origin "$REPO"
git fetch -q origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
git checkout -q -B main origin/main
"$ABRA" --version >/dev/null
"$ABRA" server add --local >/dev/null 2>&1
image=$(sed -n 's/^ *image: *//p' compose.yml | head -n 1)
docker image inspect "$image" >/dev/null

"$ABRA" app new "$RECIPE" -n -C --server=default --domain="$DOMAIN" >/dev/null 2>&1
sed -i 's/^LETS_ENCRYPT_ENV=.*/LETS_ENCRYPT_ENV=/' "$ABRA_DIR/servers/default/$DOMAIN.env"
"$ABRA" app secret generate "$DOMAIN" -a -n -m -C >"$WORK/secrets.json" 2>/dev/null
"$ABRA" app deploy "$DOMAIN" -n -C -D >/dev/null 2>&1

good=0
while [ "$good" -lt 3 ]; do
  code=$(curl -s -o /dev/null -w '%{http_code}' --cacert "$CA" --connect-to "$DOMAIN:443:$ADDRESS:443" "https://$DOMAIN/" || true)
  if [ "$code" = 200 ]; then good=$((good + 1)); else good=0; fi
  sleep 0.25
done

"$NODE" "$ROOT/tests/bench/context.ts" "$WORK/secrets.json" "$CONTEXT"
tests=()
for file in "$ROOT/tests/recipes/$RECIPE/install.test.ts" "$ROOT/tests/recipes/$RECIPE/playwright/install.test.ts"; do
  if [ -e "$file" ]; then tests+=("$file"); fi
done
(cd "$ROOT" && CCCI_APP_CONTEXT=$CONTEXT "$NODE" node_modules/vitest/vitest.mjs run --config tests/harness/vitest.config.ts \
  --root "$ROOT" --dir "$ROOT/tests/recipes" --reporter=verbose "${tests[@]}" >/dev/null 2>&1)

docker stack ps --no-trunc "$STACK" >"$WORK/tasks.txt"
for service in $(docker stack services --format '{{.Name}}' "$STACK"); do docker service logs --tail 200 "$service" >"$WORK/$service.log" 2>&1; done
"$NODE" "$ROOT/tests/bench/picture.ts" "https://$DOMAIN/" "$WORK/screenshot.png"

"$ABRA" app undeploy "$DOMAIN" -n >/dev/null 2>&1
"$ABRA" app volume rm "$DOMAIN" -n >/dev/null 2>&1
"$ABRA" app secret rm "$DOMAIN" -a -n >/dev/null 2>&1
test -z "$(docker ps -aq --filter "label=com.docker.stack.namespace=$STACK")"
test -z "$(docker volume ls -q --filter "label=com.docker.stack.namespace=$STACK")"
rm -rf "$WORK/abra"

# Sourced by bin/*: finds the project and its pinned Node, and says exactly what is missing.
# After it: $root, and `ts FILE ARGS…` runs a TypeScript file with the pinned Node.

say() { printf '%s\n' "$*" >&2; }
fail() { say "cc-ci: $*"; exit 1; }

self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
root=$(cd "$(dirname "$self")/.." && pwd -P)

find_node() {
  for node in "$root"/node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] && return 0
  done
  return 1
}

# Installs the npm packages where they are missing or older than the lock file.
ensure_packages() {
  [ "$(uname -s)" = Linux ] || fail "needs Linux: Docker Swarm runs nowhere else as it does in production."
  if find_node && [ "$root/node_modules/.package-lock.json" -nt "$root/package-lock.json" ]; then return 0; fi
  command -v npm >/dev/null || fail "needs npm (Node 20 or newer): apt-get install nodejs npm. The Node that runs cc-ci comes as a package."
  say "cc-ci: installing the pinned npm packages"
  (cd "$root" && npm ci --no-fund --no-audit --loglevel=error >&2) || fail "npm ci failed in $root; see above."
  touch "$root/node_modules/.package-lock.json"
  find_node || fail "the package node-linux-$(uname -m) was not installed: this machine's processor is not one that Node is packaged for."
}

ts() {
  NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$root/.ccci/compile-cache} "$node" "$@"
}

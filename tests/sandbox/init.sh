#!/bin/bash
# init.sh DIR: process 1 of a private Docker, inside namespaces of its own (see engine.ts).
# Everything it needs is read from files in DIR; when it ends, the kernel ends everything else in here.
# When dockerd or containerd ends, everything else is ended too and started anew from what is on disk,
# as after a crash of the whole node: a dockerd that is only started again finds leftovers of its former
# self, and then at times refuses ports for ever ("port is already allocated") or loses packets.
set -u
dir=$1
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

prepare() {
  # A private /run: dockerd and containerd write there whatever their flags say, recipes mount
  # /var/run/docker.sock, and paths of sockets have to be short.
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock /run/docker /run/containerd
  [[ $resolv != /run/* ]] || { mkdir -p "$(dirname "$resolv")" && cp "$dir/resolv.conf" "$resolv"; }
}

# keep NAME COMMAND...: runs a helper again whenever it ends.
keep() {
  local name=$1
  shift
  while :; do
    "$@" >>"$dir/$name.log" 2>&1
    echo "--- $name ended with $? at $(date -u +%FT%TZ)" >>"$dir/$name.log"
    sleep 0.2
  done
}

run_dockerd() {
  while ! [ -S /run/containerd/containerd.sock ]; do sleep 0.02; done
  exec dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root /run/docker \
    --pidfile /run/docker.pid --containerd /run/containerd/containerd.sock \
    -H "unix://$dir/docker.sock" -H unix:///run/docker.sock
}

start() {
  containerd -c "$dir/containerd.toml" >>"$dir/containerd.log" 2>&1 &
  containerd=$!
  run_dockerd >>"$dir/dockerd.log" 2>&1 &
  dockerd=$!
  [ ! -f "$dir/registry.yml" ] || keep registry docker-registry serve "$dir/registry.yml" &
  [ -z "${CCCI_VIPD:-}" ] || keep vipd "$CCCI_NODE" "$CCCI_VIPD" /run/docker.sock /run/docker/netns &
}

# Everything but this process and what is on disk goes.
clean_up() {
  kill -KILL -1 2>/dev/null
  wait
  cut -d ' ' -f 2 /proc/mounts | grep -e "^$dir/data/" -e '^/run$' -e '^/run/' | sort -r | xargs -r umount -l 2>/dev/null
  rm -f "$dir/docker.sock" "$dir/data/network/files/local-kv.db"
  [ -z "${CCCI_PRIVATE_NETWORK:-}" ] || clean_network
}

# Only ever in a network namespace of our own: the host's rules are none of our business.
clean_network() {
  for table in nat filter mangle; do
    iptables -w -t "$table" -F && iptables -w -t "$table" -X
  done
  # Not from /sys, which still shows the host's devices.
  ip -o link | cut -d ' ' -f 2 | tr -d : | sed 's/@.*//' | grep -vx -e lo -e eth0 |
    while read -r link; do ip link del "$link" 2>/dev/null; done
}

stop() {
  kill "$dockerd" && wait "$dockerd"
  kill "$containerd" && wait "$containerd"
  exit 0
}

[ ! -f "$dir/hostname" ] || hostname "$(cat "$dir/hostname")"
mkdir -p /etc/docker "$dir/etc-docker"
mount --bind "$dir/etc-docker" /etc/docker
resolv=$(readlink -m /etc/resolv.conf)
[[ $resolv == /run/* ]] || mount --bind "$dir/resolv.conf" "$resolv"
trap stop TERM INT
while :; do
  prepare
  start
  wait -n "$dockerd" "$containerd"
  echo "--- dockerd or containerd ended at $(date -u +%FT%TZ): starting anew" >>"$dir/init.log"
  clean_up
done

#!/bin/bash
# Process 1 of a User-mode Linux over this machine's files, which it cannot change: cgroup v2, a loopback, the checkout
# at /media, and at /mnt the one folder that it may write. Runs the command after these two, and turns itself off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t hostfs -o "ro,$1" hostfs /media
mount -t hostfs -o "$2" hostfs /mnt
for path in /tmp /run /dev/shm; do mkdir -p "$path" && mount -t tmpfs tmpfs "$path"; done
ln -sfn /proc/self/fd /dev/fd
ip link set lo up
shift 2
"$@"
echo "ended with $?"
echo o > /proc/sysrq-trigger
sleep 60

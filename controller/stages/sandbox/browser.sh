#!/bin/sh
# Playwright starts this in Chromium's place: it goes on as the program and arguments of the file BROWSER_START, one a line, and then its own.
set -eu
for group in $BROWSER_CGROUPS; do echo $$ > "$group/cgroup.procs"; done
exec 5< "$BROWSER_SECCOMP"
count=$#
while IFS= read -r word; do set -- "$@" "$word"; done < "$BROWSER_START"
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  set -- "$@" "$word"
  count=$((count - 1))
done
exec "$@" --user-data-dir=/tmp/profile

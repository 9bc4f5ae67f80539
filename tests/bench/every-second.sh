#!/bin/bash
# What a person leaves running in another window: a request a second, and when it was asked and what came.
# Environment: URL ADDRESS CA
set -u
while :; do
  sent=$EPOCHREALTIME
  code=$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 --cacert "$CA" --connect-to "::$ADDRESS:" "$URL")
  echo "$sent $code"
  sleep 1
done

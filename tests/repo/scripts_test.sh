#!/usr/bin/env bash
# The shell functions that scripts/run and scripts/test stand on, with stand-ins for apt and dpkg.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

expect() {  # expect WHAT WANTED ACTUAL
  if [ "$2" != "$3" ]; then
    echo "FAILED: $1: wanted '$2', got '$3'"
    failures=$((failures + 1))
  fi
}

for script in "$here"/../../scripts/{run,test,format,common.sh} "$here"/../../.ci/run; do
  bash -n "$script" || failures=$((failures + 1))
done

# A copy, so that the logs of these tests do not mix with those of a real build.
mkdir -p "$scratch/scripts" "$scratch/bin"
cp "$here/../../scripts/common.sh" "$scratch/scripts/"
cat >"$scratch/bin/dpkg-query" <<'STUB'
#!/bin/sh
shift 2
status=0
for package; do
  case $package in
    present*) echo "$package installed" ;;
    gone*) echo "$package config-files" ;;
    *) status=1 ;;
  esac
done
exit $status
STUB
cat >"$scratch/bin/apt-get" <<'STUB'
#!/bin/sh
echo "$*" >>"$APT_CALLS"
case "$*" in *broken*) echo "E: Unable to locate package"; exit 100 ;; esac
STUB
printf '#!/bin/sh\nexec "$@"\n' >"$scratch/bin/sudo"
chmod +x "$scratch"/bin/*
export PATH="$scratch/bin:$PATH" APT_CALLS="$scratch/apt-calls"
source "$scratch/scripts/common.sh"

: >"$APT_CALLS"
need present-1 present-2 2>"$scratch/err"
expect "nothing is missing: apt is not called" "" "$(cat "$APT_CALLS")"
expect "nothing is missing: nothing is said" "" "$(cat "$scratch/err")"

need present-1 absent gone 2>"$scratch/err"
expect "one update, one install" 2 "$(wc -l <"$APT_CALLS")"
expect "only what is missing" "absent gone" "$(sed -n 's/.*--no-install-recommends //p' "$APT_CALLS")"

status=0
(need broken) 2>"$scratch/err" || status=$?
expect "a failed install fails" 100 "$status"
expect "and shows why" 1 "$(grep -c 'Unable to locate' "$scratch/err")"

status=0
quietly noise sh -c 'echo loud; exit 7' 2>"$scratch/err" || status=$?
expect "quietly passes the status on" 7 "$status"
expect "quietly shows a failure's output" 1 "$(grep -c '^loud$' "$scratch/err")"
quietly noise sh -c 'echo loud' 2>"$scratch/err"
expect "quietly is quiet otherwise" "" "$(cat "$scratch/err")"

jobs=$(build_jobs)
[ "$jobs" -ge 1 ] && [ "$jobs" -le "$(nproc)" ] || expect "jobs between one and the cores" "1..$(nproc)" "$jobs"

[ "$failures" -eq 0 ] && echo "all held"
exit "$((failures > 0))"

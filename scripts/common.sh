# Shared by scripts/run and scripts/test; sourced, not run. Debian 12 or later.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log_dir="$root/build/log"
mkdir -p "$log_dir"

# What a build needs, and what the tests need besides.
build_packages=(
  ca-certificates ccache cmake g++ mold ninja-build pkg-config tzdata libboost1.81-dev
  libboost-system1.81-dev libboost-url1.81-dev libcaf-dev libcli11-dev libcurl4-openssl-dev
  libgmock-dev libgtest-dev libhowardhinnant-date-dev libical-dev libjemalloc-dev liblmdb-dev
  librapidcheck-dev libcjose-dev libsodium-dev libspdlog-dev libssl-dev libyaml-cpp-dev
  prometheus-cpp-dev rapidjson-dev zlib1g-dev
)
test_packages=(
  clang-format curl git golang-go openssl procps python3 python3-aiosmtpd python3-cryptography
  python3-icalendar python3-jsonschema python3-jwt python3-pip python3-pytest python3-yaml
)

say() { printf '%s\n' "$*" >&2; }

# quietly NAME COMMAND...: shows the command's output only when it fails, or on a terminal.
quietly() {
  local log="$log_dir/$1.log"
  shift
  local status=0
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then return 0; fi
  say "failed: $*"
  tail -n 80 "$log" >&2
  say "(all of it: $log)"
  return "$status"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# need PACKAGE...: installs those that are missing; does and prints nothing when none is.
need() {
  local missing=() package installed
  # One call for all: asking for each costs a start of scripts/run a third of a second. dpkg-query
  # fails when it knows nothing of some of them.
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    say "These packages are missing, and installing them takes root or sudo:"
    say "  apt-get install ${missing[*]}"
    return 1
  fi
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  quietly apt-update apt update -qq || say "Going on with the package lists there are."
  quietly apt-install apt install -y -qq --no-install-recommends "${missing[@]}"
}

# serve_with_psp BIN_DIR PSP_DATA_DIR ARGS...: serves with Stripe's adapter and the payment simulator; both end
# together. BIN_DIR holds atrium and atrium-psp.
serve_with_psp() {
  local bin=$1 psp_data=$2 psp_log url= psp_pid atrium_pid status=0
  shift 2
  psp_log=$(mktemp)
  "$bin/atrium-psp" --listen 127.0.0.1:0 --data-dir "$psp_data" >"$psp_log" 2>&1 &
  psp_pid=$!
  while [ -z "$url" ] && kill -0 "$psp_pid" 2>/dev/null; do
    url=$(sed -n 's|.*ready at \(http://[^ ]*\).*|\1|p' "$psp_log")
    [ -n "$url" ] || sleep 0.05
  done
  if [ -z "$url" ]; then
    cat "$psp_log" >&2
    rm -f "$psp_log"
    return 1
  fi
  rm -f "$psp_log"
  say "Payments go to the simulator at $url (psp/README.md), which moves no money."
  ATRIUM_STRIPE_KEY=${PSP_SECRET_KEY:-sk_test_atrium} "$bin/atrium" serve \
    --payment-provider stripe --stripe-base-url "$url" "$@" &
  atrium_pid=$!
  # A signal interrupts wait; atrium then drains, and is waited for again.
  trap 'kill -TERM "$atrium_pid" 2>/dev/null || true' INT TERM
  while kill -0 "$atrium_pid" 2>/dev/null; do wait "$atrium_pid" || true; done
  wait "$atrium_pid" || status=$?
  trap - INT TERM
  kill -TERM "$psp_pid" 2>/dev/null || true
  wait "$psp_pid" || true
  return "$status"
}

# need_python PACKAGE==VERSION...: Python packages that Debian does not have, into build/python, where
# only tests look.
need_python() {
  local missing=() package
  for package in "$@"; do
    [ -d "$root/build/python/${package/==/-}.dist-info" ] || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  quietly pip-install /usr/bin/python3 -m pip install --quiet --no-deps --disable-pip-version-check \
    --target "$root/build/python" "${missing[@]}"
}

# As many compilers as there are cores, but each wants about a GiB of memory.
build_jobs() {
  local cores memory_gib
  cores=$(nproc)
  memory_gib=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  [ "$memory_gib" -ge 1 ] || memory_gib=1
  if [ "$cores" -lt "$memory_gib" ]; then echo "$cores"; else echo "$memory_gib"; fi
}

# build TARGET...: configures build/release when needed and brings the targets up to date.
build() {
  # Clones share what they compiled: paths below the tree are hashed relative to it.
  export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=true
  if [ ! -f "$root/build/release/build.ninja" ]; then
    (cd "$root" && quietly configure cmake --preset release)
  fi
  local command=(cmake --build "$root/build/release" -j "$(build_jobs)" --target "$@")
  if [ -t 2 ]; then
    "${command[@]}" >&2
  else
    quietly build "${command[@]}"
  fi
}

# What the hooks share. They run under azd, which hands over its environment's values, or under deploy.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
infrastructure=$(cd "$here/.." && pwd)
root=$(cd "$infrastructure/.." && pwd)

say() { printf 'crossfade: %s\n' "$1" >&2; }

fail() { say "$1"; exit 1; }

need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is needed: $2"; }

: "${AZURE_SUBSCRIPTION_ID:?name the subscription: azd env set AZURE_SUBSCRIPTION_ID ID}"

# azure ARGUMENTS: az in the environment's subscription, whatever the default of this machine is.
azure() { az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"; }

# fetch_tokens: one for each service that a hook asks later. A sign-in from GitHub is good for new tokens in its first five
# minutes only, and resources take longer to make; az keeps these for an hour.
fetch_tokens() {
  for service in https://vault.azure.net 2ff814a6-3304-4ab8-85cb-cd0e6f879c1d; do # the last is Azure Databricks
    azure account get-access-token --resource "$service" --output none ||
      fail "az gives no token for $service: az login, then once more"
  done
}

# keep NAME VALUE: for the steps that follow, and for the next time.
keep() {
  export "$1=$2"
  if [ -n "${CROSSFADE_STATE:-}" ]; then
    printf "%s='%s'\n" "$1" "$2" >> "$CROSSFADE_STATE"
  else
    azd env set "$1" "$2"
  fi
}

# field PATH: a value of the JSON on standard input, such as resources.jobs.crossfade_silver.id; empty when missing.
field() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for part in sys.argv[1].split("."):
    value = value.get(part) if isinstance(value, dict) else None
print("" if value is None else value)' "$1"
}

# check_settings: what the options say of the app's settings, held to the settings class before anything is made.
check_settings() {
  python=${CROSSFADE_PYTHON:-$root/.venv/bin/python}
  if ! "$python" -c 'import pydantic_settings' 2>/dev/null; then
    need python3 "the settings are checked with it"
    python="$root/.local/deploy/venv/bin/python"
    [ -x "$python" ] || python3 -m venv "$root/.local/deploy/venv" || fail "python3 cannot make a venv: install it"
    grep '^pydantic' "$root/requirements.txt" |
      "$python" -m pip install --quiet --disable-pip-version-check --requirement /dev/stdin ||
      fail "pydantic-settings cannot be installed; install it for a Python and name that in CROSSFADE_PYTHON"
  fi
  (cd "$root" && "$python" -m local.settings_check) || fail "the settings above would be refused: nothing was changed"
}

# What the hooks share. They run under azd, which hands over its environment's values, or under deploy.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
infrastructure=$(cd "$here/.." && pwd)

say() { printf 'crossfade: %s\n' "$1" >&2; }

fail() { say "$1"; exit 1; }

need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is needed: $2"; }

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

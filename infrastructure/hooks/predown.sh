#!/bin/sh
# Before the resources go: what Unity Catalog keeps outside of them. Nobody could remove it through a workspace that is gone.
. "$(dirname "$0")/lib.sh"
. "$here/databricks.sh"

[ -n "${CROSSFADE_DATABRICKS_URL:-}" ] || exit 0 # nothing was made
if [ "$stage" = prod ]; then
  say "the catalog $CROSSFADE_CATALOG is protected and stays in the metastore, with its external locations and credentials"
  exit 0
fi
need databricks "https://docs.databricks.com/dev-tools/cli/install.html"
check_compute
use_workspace
remove_bundle

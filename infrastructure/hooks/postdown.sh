#!/bin/sh
# After the resources are gone: the one thing that lives outside of them.
. "$(dirname "$0")/lib.sh"

if [ -n "${CROSSFADE_SPARK_CLIENT_ID:-}" ]; then
  az ad app delete --id "$CROSSFADE_SPARK_CLIENT_ID"
  for name in CROSSFADE_SPARK_CLIENT_ID CROSSFADE_SPARK_PRINCIPAL_ID CROSSFADE_BUDGET_START SILVER_JOB_ID GOLD_JOB_ID; do
    keep "$name" ""
  done
fi

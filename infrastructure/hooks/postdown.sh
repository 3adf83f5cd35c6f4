#!/bin/sh
# After the resources are gone: what was remembered of them.
. "$(dirname "$0")/lib.sh"

for name in CROSSFADE_BUDGET_START SILVER_JOB_ID GOLD_JOB_ID BULK_JOB_ID; do
  keep "$name" ""
done

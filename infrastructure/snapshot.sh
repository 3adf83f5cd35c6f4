#!/bin/sh
# What the Bicep files come to, evaluated by the compiler without Azure, for two environments: dev as it comes (main), and
# one with every option on (everything).
#
#   sh infrastructure/snapshot.sh validate     compares with the files that are kept, and names each difference
#   sh infrastructure/snapshot.sh overwrite    writes them anew
#
# Needs bicep 0.41 or newer on the PATH. The files are kept by the workflow infra, started by hand on a branch.
set -eu
mode=${1:?validate or overwrite}
cd "$(dirname "$0")"
nobody=00000000-0000-0000-0000-000000000000

# evaluate NAME OPTION=VALUE...: the budget's first day is given, because without it the day is that of the evaluation.
evaluate() {
  name=$1
  shift
  env -i PATH="$PATH" HOME="$HOME" AZURE_ENV_NAME=snapshot AZURE_LOCATION=westeurope CROSSFADE_BUDGET_START=2026-01-01 "$@" \
    bicep snapshot "$name.bicepparam" --mode "$mode" --subscription-id "$nobody" --tenant-id "$nobody" --location westeurope
}

trap 'rm -f everything.bicepparam' EXIT
cp main.bicepparam everything.bicepparam
evaluate main CROSSFADE_STAGE=dev
evaluate everything CROSSFADE_STAGE=prod CROSSFADE_PRIVATE_NETWORK=true CROSSFADE_MONTHLY_BUDGET=300 \
  'CROSSFADE_ALERT_EMAILS=["team@example.org"]' 'CROSSFADE_APP_SETTINGS={"USER_AGENT": "Snapshot/1.0"}' \
  'CROSSFADE_VAULT_SETTINGS=["WEBHOOK_URL"]' AZURE_PRINCIPAL_ID="$nobody" AZURE_PRINCIPAL_TYPE=ServicePrincipal \
  CROSSFADE_COMPUTE=classic CROSSFADE_CATALOG=crossfade CROSSFADE_MONGO=true CROSSFADE_GRAFANA=true \
  SILVER_JOB_ID=1 GOLD_JOB_ID=2 BULK_JOB_ID=3

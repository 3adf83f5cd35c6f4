#!/bin/sh
# Before resources are made: a look at the settings, the service principal the Spark jobs reach the lake with, and the
# budget's first day.
. "$(dirname "$0")/lib.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"
check_settings

if [ -z "${CROSSFADE_SPARK_CLIENT_ID:-}" ]; then
  say "making the service principal crossfade-spark-$AZURE_ENV_NAME"
  keep CROSSFADE_SPARK_CLIENT_ID \
    "$(az ad app create --display-name "crossfade-spark-$AZURE_ENV_NAME" --query appId --output tsv)"
fi
if [ -z "${CROSSFADE_SPARK_PRINCIPAL_ID:-}" ]; then
  principal=$(az ad sp show --id "$CROSSFADE_SPARK_CLIENT_ID" --query id --output tsv 2>/dev/null ||
    az ad sp create --id "$CROSSFADE_SPARK_CLIENT_ID" --query id --output tsv)
  keep CROSSFADE_SPARK_PRINCIPAL_ID "$principal"
fi
if [ -z "${CROSSFADE_BUDGET_START:-}" ]; then
  keep CROSSFADE_BUDGET_START "$(date -u +%Y-%m-01)"
fi

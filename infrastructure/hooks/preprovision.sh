#!/bin/sh
# Before resources are made: a look at the settings and at the compute, and the budget's first day.
. "$(dirname "$0")/lib.sh"
. "$here/databricks.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"
check_settings
check_compute
fetch_tokens

# The app's subnet is handed to Microsoft.App, of which a deployment itself makes nothing that would register it.
if [ "${CROSSFADE_PRIVATE_NETWORK:-false}" = true ]; then
  azure provider register --namespace Microsoft.App --wait ||
    fail "Microsoft.App, which a private network needs, cannot be registered: see what az says above"
fi

# The budget's first day: of one that is there its own, which Azure lets nobody change; of a new one this month's, before
# which Azure lets none begin. What was remembered before a removal is neither.
find_budget_start() {
  start=
  group="rg-crossfade-$AZURE_ENV_NAME"
  there=$(azure group exists --name "$group") || fail "whether there is a budget cannot be asked: look at what az says above"
  if [ "$there" = true ]; then
    start=$(azure rest --method get --output tsv --query \
      "value[?name=='budget-crossfade-$AZURE_ENV_NAME'].properties.timePeriod.startDate" --url \
      "/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/$group/providers/Microsoft.Consumption/budgets?api-version=2023-11-01") ||
      fail "the budget's first day cannot be asked for: look at what az says above"
  fi
  start=$(printf '%.10s' "${start:-$(date -u +%Y-%m-01)}")
}

find_budget_start
[ "$start" = "${CROSSFADE_BUDGET_START:-}" ] || keep CROSSFADE_BUDGET_START "$start"

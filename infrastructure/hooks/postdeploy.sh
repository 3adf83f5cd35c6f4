#!/bin/sh
# After the app is deployed: are its functions there? Then the event subscriptions, whose key the app has made by now
# and only Azure reads.
. "$(dirname "$0")/lib.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"
pause=${CROSSFADE_PAUSE_S:-30}

# How many functions the host found in the app; nothing where it cannot be asked.
count_functions() {
  azure functionapp function list --resource-group "$AZURE_RESOURCE_GROUP" --name "$CROSSFADE_FUNCTION_APP" \
    --query 'length(@)' --output tsv
}

tries=10
until count=$(count_functions) && [ "${count:-0}" -gt 0 ]; do
  tries=$((tries - 1))
  if [ "$tries" -le 0 ] && [ -z "$count" ]; then
    fail "the app's functions cannot be listed: look at what az says above, then azd deploy again"
  fi
  [ "$tries" -gt 0 ] || fail "the app has 0 functions: its code did not load. Its log says why (Application Insights, \
traces, 'function_app'); a package that is not for the app's Python is the usual reason. Then azd deploy again"
  say "no functions yet; again in $pause s"
  sleep "$pause"
done
say "the app has $count functions"

tries=10
until azure deployment group create --resource-group "$AZURE_RESOURCE_GROUP" --name event-subscriptions \
  --template-file "$infrastructure/event-subscriptions.bicep" \
  --parameters "functionAppName=$CROSSFADE_FUNCTION_APP" "topicName=$CROSSFADE_EVENT_TOPIC" --output none; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "the app does not answer Event Grid: look at its log, then azd deploy again"
  say "the app is still starting; again in $pause s"
  sleep "$pause"
done
say "ready: $CROSSFADE_FUNCTION_URL/api/dashboard"

#!/bin/sh
# After the app is deployed: the event subscriptions, whose key the app has made by now and only Azure reads.
. "$(dirname "$0")/lib.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"

tries=10
until az deployment group create --resource-group "$AZURE_RESOURCE_GROUP" --name event-subscriptions \
  --template-file "$infrastructure/event-subscriptions.bicep" \
  --parameters "functionAppName=$CROSSFADE_FUNCTION_APP" "topicName=$CROSSFADE_EVENT_TOPIC" --output none; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "the app does not answer Event Grid: look at its log, then azd deploy again"
  say "the app is still starting; again in ${CROSSFADE_PAUSE_S:-30} s"
  sleep "${CROSSFADE_PAUSE_S:-30}"
done
say "ready: $CROSSFADE_FUNCTION_URL/api/dashboard"

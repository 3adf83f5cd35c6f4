#!/bin/sh
# The same as `azd up`, with az alone: for pipelines, and where azd is not wanted.
#
#   az login
#   AZURE_ENV_NAME=dev AZURE_LOCATION=westeurope CROSSFADE_STAGE=dev sh infrastructure/deploy.sh
#
# What it has to remember (ids, no secrets) is kept in .local/deploy/NAME.env: the subscription too, which is az's default
# the first time, or AZURE_SUBSCRIPTION_ID.
set -eu
: "${AZURE_ENV_NAME:?set it to the name of the environment, such as dev}"
: "${AZURE_LOCATION:?set it to a region that has Flex Consumption, such as westeurope}"
root=$(cd "$(dirname "$0")/.." && pwd)
state="$root/.local/deploy"
mkdir -p "$state"
CROSSFADE_STATE="$state/$AZURE_ENV_NAME.env"
export CROSSFADE_STATE
touch "$CROSSFADE_STATE"

recall() {
  set -a
  . "$CROSSFADE_STATE"
  set +a
}

# find_subscription: of an environment that is there its own; a second one of its name elsewhere is nobody's wish.
find_subscription() {
  wanted=${AZURE_SUBSCRIPTION_ID:-}
  recall
  [ -n "${AZURE_SUBSCRIPTION_ID:-}" ] || AZURE_SUBSCRIPTION_ID=$(az account show --query id --output tsv)
  if [ "${wanted:-$AZURE_SUBSCRIPTION_ID}" != "$AZURE_SUBSCRIPTION_ID" ]; then
    echo "crossfade: $AZURE_ENV_NAME is in subscription $AZURE_SUBSCRIPTION_ID: give it another AZURE_ENV_NAME" >&2
    exit 1
  fi
  grep -q '^AZURE_SUBSCRIPTION_ID=' "$CROSSFADE_STATE" ||
    printf "AZURE_SUBSCRIPTION_ID='%s'\n" "$AZURE_SUBSCRIPTION_ID" >> "$CROSSFADE_STATE"
}

find_subscription
# Who deploys gets the right to put tokens into the vault; a pipeline sets it, for it is no signed-in user.
[ -n "${AZURE_PRINCIPAL_ID:-}" ] ||
  AZURE_PRINCIPAL_ID=$(az ad signed-in-user show --subscription "$AZURE_SUBSCRIPTION_ID" --query id --output tsv)
export AZURE_ENV_NAME AZURE_LOCATION AZURE_PRINCIPAL_ID AZURE_SUBSCRIPTION_ID
sh "$root/infrastructure/hooks/preprovision.sh"
recall
az deployment sub create --subscription "$AZURE_SUBSCRIPTION_ID" --name "crossfade-$AZURE_ENV_NAME" \
  --location "$AZURE_LOCATION" --template-file "$root/infrastructure/main.bicep" \
  --parameters "$root/infrastructure/main.bicepparam" \
  --query properties.outputs --output json |
  python3 -c '
import json, sys
for name, output in json.load(sys.stdin).items():
    print("{}={!r}".format(name.upper(), str(output["value"])))' >> "$CROSSFADE_STATE"
recall
sh "$root/infrastructure/hooks/postprovision.sh"
git -C "$root" archive --format=zip --output="$state/app.zip" HEAD \
  function_app.py host.json requirements.txt functions shared
az functionapp deployment source config-zip --subscription "$AZURE_SUBSCRIPTION_ID" \
  --resource-group "$AZURE_RESOURCE_GROUP" --name "$CROSSFADE_FUNCTION_APP" --src "$state/app.zip" --build-remote true --output none
sh "$root/infrastructure/hooks/postdeploy.sh"

#!/bin/sh
# After resources are made: API tokens into the vault, credentials and bundle into the workspace, its jobs' ids to the app.
. "$(dirname "$0")/lib.sh"
. "$here/databricks.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"
need databricks "https://docs.databricks.com/dev-tools/cli/install.html"
need python3 "the bundle builds a wheel with it"

# ask SECRET WHAT: a token typed blind; it goes through a pipe, so no list of processes shows it.
ask() {
  if az keyvault secret show --vault-name "$CROSSFADE_VAULT" --name "$1" --query id --output none 2>/dev/null; then
    return
  fi
  if [ ! -t 0 ]; then
    say "no $2 yet; add it: az keyvault secret set --vault-name $CROSSFADE_VAULT --name $1 --file FILE"
    return
  fi
  trap 'stty echo' EXIT INT TERM
  stty -echo
  printf '%s (typed blind): ' "$2" >&2
  IFS= read -r token
  stty echo
  trap - EXIT INT TERM
  printf '\n' >&2
  put "$1"
  unset token
}

# put SECRET: $token into the vault; a role given a minute ago may not hold yet.
put() {
  tries=10
  until printf '%s' "$token" |
    az keyvault secret set --vault-name "$CROSSFADE_VAULT" --name "$1" --file /dev/stdin --output none; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "the vault refuses: are you AZURE_PRINCIPAL_ID, and is the vault reachable from here?"
    say "the vault does not let you in yet; again in ${CROSSFADE_PAUSE_S:-30} s"
    sleep "${CROSSFADE_PAUSE_S:-30}"
  done
}

tell_app_its_jobs() {
  keep SILVER_JOB_ID "$(printf '%s' "$summary" | field resources.jobs.crossfade_silver.id)"
  keep GOLD_JOB_ID "$(printf '%s' "$summary" | field resources.jobs.crossfade_gold.id)"
  [ -n "$SILVER_JOB_ID" ] && [ -n "$GOLD_JOB_ID" ] || fail "the bundle names no job: databricks bundle summary"
  az functionapp config appsettings set --resource-group "$AZURE_RESOURCE_GROUP" --name "$CROSSFADE_FUNCTION_APP" \
    --settings "SILVER_JOB_ID=$SILVER_JOB_ID" "GOLD_JOB_ID=$GOLD_JOB_ID" --output none
}

ask tmdb-token "TMDB read token"
ask discogs-token "Discogs personal access token"
check_compute
use_workspace
add_principal "$CROSSFADE_APP_CLIENT_ID" crossfade-app
add_principal "$CROSSFADE_SPARK_CLIENT_ID" crossfade-jobs
name_deployers
add_credentials
deploy_bundle
tell_app_its_jobs

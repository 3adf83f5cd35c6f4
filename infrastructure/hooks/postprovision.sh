#!/bin/sh
# After resources are made: API tokens into the vault, credentials and bundle into the workspace, its jobs' ids to the app.
. "$(dirname "$0")/lib.sh"
. "$here/databricks.sh"
. "$here/vault.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"
need databricks "https://docs.databricks.com/dev-tools/cli/install.html"
need python3 "the bundle builds a wheel with it"

tell_app_its_jobs() {
  keep SILVER_JOB_ID "$(printf '%s' "$summary" | field resources.jobs.crossfade_silver.id)"
  keep GOLD_JOB_ID "$(printf '%s' "$summary" | field resources.jobs.crossfade_gold.id)"
  keep BULK_JOB_ID "$(printf '%s' "$summary" | field resources.jobs.crossfade_bulk.id)"
  [ -n "$SILVER_JOB_ID" ] && [ -n "$GOLD_JOB_ID" ] || fail "the bundle names no job: databricks bundle summary"
  azure functionapp config appsettings set --resource-group "$AZURE_RESOURCE_GROUP" --name "$CROSSFADE_FUNCTION_APP" \
    --settings "SILVER_JOB_ID=$SILVER_JOB_ID" "GOLD_JOB_ID=$GOLD_JOB_ID" "BULK_JOB_ID=$BULK_JOB_ID" --output none
}

fetch_tokens
ask tmdb-token "TMDB read token" "${TMDB_TOKEN:-}"
ask discogs-token "Discogs personal access token" "${DISCOGS_TOKEN:-}"
check_compute
use_workspace
add_principal "$CROSSFADE_APP_CLIENT_ID" crossfade-app
add_principal "$CROSSFADE_SPARK_CLIENT_ID" crossfade-jobs
name_deployers
add_credentials
deploy_bundle
tell_app_its_jobs

#!/bin/sh
# After resources are made: API tokens into the vault, the bundle into the workspace, its jobs' ids to the app.
. "$(dirname "$0")/lib.sh"
need az "https://learn.microsoft.com/cli/azure/install-azure-cli"
need databricks "https://docs.databricks.com/dev-tools/cli/install.html"
need python3 "the bundle builds a wheel with it"

export DATABRICKS_HOST="$CROSSFADE_DATABRICKS_URL" DATABRICKS_AZURE_RESOURCE_ID="$CROSSFADE_DATABRICKS_ID"
export DATABRICKS_AUTH_TYPE=azure-cli
stage=${CROSSFADE_STAGE:-dev}

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

# The workspace must know the app before it can be given the jobs.
add_app_to_workspace() {
  if databricks service-principals list --filter "applicationId eq \"$CROSSFADE_APP_CLIENT_ID\"" --output json |
    grep -q "$CROSSFADE_APP_CLIENT_ID"; then
    return
  fi
  databricks service-principals create --application-id "$CROSSFADE_APP_CLIENT_ID" \
    --display-name "crossfade-app" --output json >/dev/null
}

deploy_bundle() {
  export BUNDLE_VAR_lake="$CROSSFADE_LAKE" BUNDLE_VAR_app_client_id="$CROSSFADE_APP_CLIENT_ID"
  export BUNDLE_VAR_insights="$CROSSFADE_INSIGHTS"
  export BUNDLE_VAR_spark_client_id="$CROSSFADE_SPARK_CLIENT_ID"
  BUNDLE_VAR_tenant_id=$(az account show --query tenantId --output tsv)
  export BUNDLE_VAR_tenant_id
  cd "$infrastructure"
  databricks bundle deploy --target "$stage"
  summary=$(databricks bundle summary --target "$stage" --output json)
}

# The secret is made by Entra and stored by Databricks; it passes through a pipe and is shown to nobody.
give_spark_its_secret() {
  scope=$(printf '%s' "$summary" | field resources.secret_scopes.crossfade.name)
  if databricks secrets list-secrets "$scope" --output json | grep -q spark-client-secret; then
    return
  fi
  # Held in a variable, so that a failure of az is not taken for an empty secret.
  secret=$(az ad app credential reset --id "$CROSSFADE_SPARK_CLIENT_ID" --display-name "databricks-$stage" --append \
    --years 1 --query password --output tsv)
  printf '%s' "$secret" | databricks secrets put-secret "$scope" spark-client-secret
  unset secret
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
add_app_to_workspace
deploy_bundle
give_spark_its_secret
tell_app_its_jobs

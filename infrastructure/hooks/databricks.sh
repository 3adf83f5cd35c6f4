# The workspace: identities it has to know, credentials that Unity Catalog works with, the bundle. No secret is in any.

stage=${CROSSFADE_STAGE:-dev}
compute=${CROSSFADE_COMPUTE:-serverless}

# check_compute: ends the hook where the jobs could not reach the lake.
check_compute() {
  case $compute in
    serverless) target=$stage ;;
    classic) target=$stage-classic ;;
    *) fail "CROSSFADE_COMPUTE is '$compute': set it to serverless or classic" ;;
  esac
  if [ "$compute" = serverless ] && [ "${CROSSFADE_PRIVATE_NETWORK:-false}" = true ] && [ -z "${CROSSFADE_NCC:-}" ]; then
    fail "a lake inside a private network lets no serverless compute in: azd env set CROSSFADE_COMPUTE classic, or name \
in CROSSFADE_NCC the network connectivity configuration that has private endpoints to it (docs/deploy.md, Compute)"
  fi
}

# use_workspace: what the Databricks CLI signs in to, and as.
use_workspace() {
  export DATABRICKS_HOST="$CROSSFADE_DATABRICKS_URL" DATABRICKS_AZURE_RESOURCE_ID="$CROSSFADE_DATABRICKS_ID"
  export DATABRICKS_AUTH_TYPE=azure-cli
  lake_credential=$CROSSFADE_CATALOG-lake insights_credential=$CROSSFADE_CATALOG-insights
}

# add_principal APPLICATION_ID NAME: the workspace must know an identity before it can be given anything.
add_principal() {
  known=$(databricks service-principals list --filter "applicationId eq \"$1\"" --output json) ||
    fail "the workspace does not say whether it knows $2: see what databricks says above"
  case $known in
    *"$1"*) ;;
    *) databricks service-principals create --application-id "$1" --display-name "$2" --output json >/dev/null ;;
  esac
}

# name_deployers: who may do what, by name, where the Databricks CLI looks for it.
name_deployers() {
  caller=$(databricks current-user me --output json | field userName)
  [ -n "$caller" ] || fail "the workspace does not say who you are: databricks current-user me"
  deployers=$(python3 "$infrastructure/bundle_rights.py" \
    "$infrastructure/.databricks/bundle/$target/variable-overrides.json" "$caller")
  BUNDLE_VAR_deployer=$(printf '%s\n' "$deployers" | head -n 1)
  export BUNDLE_VAR_deployer
}

# lacks_credential NAME CONNECTOR LIST: whether the list has no such credential. One of that name for another connector
# is another environment's, and ends the hook.
lacks_credential() {
  connector=$(printf '%s' "$3" | python3 -c '
import json, sys
held = {each["name"]: each.get("azure_managed_identity") or {} for each in json.load(sys.stdin) or []}
name = sys.argv[1]
print(held[name].get("access_connector_id", "none").lower() if name in held else "")' "$1")
  [ -n "$connector" ] || return 0
  [ "$connector" = "$(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')" ] ||
    fail "the credential $1 is another environment's in this metastore: azd env set CROSSFADE_CATALOG OTHER_NAME"
  return 1
}

# add_credentials: what Unity Catalog opens the lake with, and what the jobs send telemetry with. Each names a connector
# of ours; a bundle has no such kind.
add_credentials() {
  held=$(databricks storage-credentials list --output json) || fail "storage credentials cannot be listed: see above"
  if lacks_credential "$lake_credential" "$CROSSFADE_LAKE_CONNECTOR" "$held"; then
    databricks storage-credentials create --output json --json "{\"name\": \"$lake_credential\",
      \"azure_managed_identity\": {\"access_connector_id\": \"$CROSSFADE_LAKE_CONNECTOR\"}}" >/dev/null ||
      fail "the storage credential cannot be made: that takes CREATE STORAGE CREDENTIAL on the metastore"
  fi
  held=$(databricks credentials list-credentials --purpose SERVICE --output json) ||
    fail "service credentials cannot be listed: see above"
  if lacks_credential "$insights_credential" "$CROSSFADE_INSIGHTS_CONNECTOR" "$held"; then
    databricks credentials create-credential --output json --json "{\"name\": \"$insights_credential\",
      \"purpose\": \"SERVICE\",
      \"azure_managed_identity\": {\"access_connector_id\": \"$CROSSFADE_INSIGHTS_CONNECTOR\"}}" >/dev/null ||
      fail "the service credential cannot be made: that takes CREATE SERVICE CREDENTIAL on the metastore"
  fi
  grant credential "$insights_credential" "$CROSSFADE_SPARK_CLIENT_ID" '"ACCESS"'
  for name in $deployers; do
    [ "$name" != "$caller" ] || continue
    grant storage_credential "$lake_credential" "$name" '"MANAGE"'
    grant credential "$insights_credential" "$name" '"MANAGE"'
  done
}

# grant TYPE NAME PRINCIPAL PRIVILEGES
grant() {
  databricks grants update "$1" "$2" --output json \
    --json "{\"changes\": [{\"principal\": \"$3\", \"add\": [$4]}]}" >/dev/null ||
    fail "$3 cannot be given $4 on $2: that takes its owner, or MANAGE on it"
}

# deploy_bundle: the bundle for this environment; leaves what it is now in $summary.
deploy_bundle() {
  export BUNDLE_VAR_lake="$CROSSFADE_LAKE" BUNDLE_VAR_catalog="$CROSSFADE_CATALOG"
  export BUNDLE_VAR_credential="$lake_credential"
  export BUNDLE_VAR_insights="$CROSSFADE_INSIGHTS" BUNDLE_VAR_insights_credential="$insights_credential"
  export BUNDLE_VAR_spark_client_id="$CROSSFADE_SPARK_CLIENT_ID" BUNDLE_VAR_app_client_id="$CROSSFADE_APP_CLIENT_ID"
  cd "$infrastructure"
  tries=3
  until databricks bundle deploy --target "$target"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "the bundle cannot be deployed: see above. Are you metastore admin or MANAGE its catalog, \
and may you use the service principal crossfade-jobs (workspace settings, its permissions, Service principal: User)?"
    say "not deployed; a role given a minute ago may not hold yet: again in ${CROSSFADE_PAUSE_S:-30} s"
    sleep "${CROSSFADE_PAUSE_S:-30}"
  done
  summary=$(databricks bundle summary --target "$target" --output json)
}

# remove_bundle: the jobs, and what would outlive the workspace, because it is the metastore's.
remove_bundle() {
  name_deployers
  export BUNDLE_VAR_lake="$CROSSFADE_LAKE" BUNDLE_VAR_catalog="$CROSSFADE_CATALOG"
  export BUNDLE_VAR_credential="$lake_credential"
  export BUNDLE_VAR_spark_client_id="$CROSSFADE_SPARK_CLIENT_ID" BUNDLE_VAR_app_client_id="$CROSSFADE_APP_CLIENT_ID"
  (cd "$infrastructure" && databricks bundle destroy --target "$target" --auto-approve) ||
    fail "the bundle cannot be removed: see above; nothing of Azure was"
  databricks storage-credentials delete "$lake_credential"
  databricks credentials delete-credential "$insights_credential"
}

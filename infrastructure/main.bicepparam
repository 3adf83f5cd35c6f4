// One table of sizes a stage; everything else comes from the environment, which `azd env set` fills.
using 'main.bicep'

var stageName = readEnvironmentVariable('CROSSFADE_STAGE', 'dev')
var compute = readEnvironmentVariable('CROSSFADE_COMPUTE', 'serverless')
// One of the metastore's, which other environments of the region share.
var catalogName = readEnvironmentVariable('CROSSFADE_CATALOG', '')

var sizes = {
  dev: {
    catalog: 'crossfade_dev'
    storageSku: 'Standard_LRS'
    softDeleteDays: 7
    purgeProtection: false
    databricksNoPublicIp: false
    privateNetwork: 'false'
    telemetryDays: 30
    dailyTelemetryGb: 1
    maximumInstanceCount: 40
    monthlyBudget: '150'
  }
  test: {
    catalog: 'crossfade_test'
    storageSku: 'Standard_LRS'
    softDeleteDays: 7
    purgeProtection: false
    databricksNoPublicIp: false
    privateNetwork: 'false'
    telemetryDays: 30
    dailyTelemetryGb: 1
    maximumInstanceCount: 40
    monthlyBudget: '150'
  }
  prod: {
    catalog: 'crossfade'
    storageSku: 'Standard_ZRS'
    softDeleteDays: 30
    purgeProtection: true
    databricksNoPublicIp: true
    privateNetwork: 'false'
    telemetryDays: 90
    dailyTelemetryGb: 5
    maximumInstanceCount: 100
    monthlyBudget: '300'
  }
}

param stage = stageName
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param deployerPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param deployerPrincipalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param catalog = empty(catalogName) ? sizes[stageName].catalog : catalogName
param bulkJobId = readEnvironmentVariable('BULK_JOB_ID', '')
param silverJobId = readEnvironmentVariable('SILVER_JOB_ID', '')
param goldJobId = readEnvironmentVariable('GOLD_JOB_ID', '')
param storageSku = sizes[stageName].storageSku
param softDeleteDays = sizes[stageName].softDeleteDays
param purgeProtection = sizes[stageName].purgeProtection
param databricksNoPublicIp = compute == 'classic' && sizes[stageName].databricksNoPublicIp
param privateNetwork = bool(readEnvironmentVariable('CROSSFADE_PRIVATE_NETWORK', sizes[stageName].privateNetwork))
param mongo = bool(readEnvironmentVariable('CROSSFADE_MONGO', 'false'))
param grafana = bool(readEnvironmentVariable('CROSSFADE_GRAFANA', 'false'))
param telemetryDays = sizes[stageName].telemetryDays
param dailyTelemetryGb = sizes[stageName].dailyTelemetryGb
param maximumInstanceCount = sizes[stageName].maximumInstanceCount
param alertEmails = json(readEnvironmentVariable('CROSSFADE_ALERT_EMAILS', '[]'))
param appSettings = json(readEnvironmentVariable('CROSSFADE_APP_SETTINGS', '{}'))
param vaultSettings = json(readEnvironmentVariable('CROSSFADE_VAULT_SETTINGS', '[]'))
param monthlyBudget = int(readEnvironmentVariable('CROSSFADE_MONTHLY_BUDGET', sizes[stageName].monthlyBudget))
param budgetStartDate = readEnvironmentVariable('CROSSFADE_BUDGET_START', '')

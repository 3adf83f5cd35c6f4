// Everything Crossfade needs in Azure, in one resource group. This file only wires; modules/ build.
targetScope = 'subscription'

@description('Name of the environment; names of resources come from it')
@minLength(2)
@maxLength(24)
param environmentName string

@description('Region of every resource; Flex Consumption must be offered there')
param location string

@description('How the environment is used; sizes come from main.bicepparam')
@allowed(['dev', 'test', 'prod'])
param stage string

@description('Tags of every resource, on top of those set here')
param tags object = {}

@description('Object id of who deploys: may put the API tokens into the vault; empty when nobody may')
param deployerPrincipalId string = ''

@description('What the deployer is')
@allowed(['User', 'ServicePrincipal'])
param deployerPrincipalType string = 'User'

@description('Replication of the storage accounts: LRS is cheapest, ZRS survives the loss of a zone')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string = 'Standard_LRS'

@description('Days a deleted blob, container or secret can be had back')
@minValue(7)
@maxValue(90)
param softDeleteDays int = 7

@description('Keeps the vault from being purged before its time; once set it cannot be taken back')
param purgeProtection bool = true

@description('Days after which raw answers move to the cool tier; removing them is remove_expired\'s, which knows what is in use')
param rawCoolAfterDays int = 30

@description('Python of the function app: the newest that Flex Consumption offers and the requirements are tried on')
param pythonVersion string = '3.13'

@description('Memory of a function instance, in MB')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Catalog of Unity Catalog that holds the tables and, in its schema files, the volumes; one of its own in the metastore')
param catalog string = 'crossfade'

@description('Most instances the function app may grow to; lanes keep the request rate whatever this is')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Requests an instance answers at once')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

@description('Instances kept warm: objects with name (http, blob, function:NAME) and instanceCount; each costs all month')
param alwaysReady array = []

@description('App settings that differ from the defaults of shared/config.py, by name')
param appSettings object = {}

@description('Names of app settings whose values are secrets in the vault, such as SLACK_WEBHOOK_URL as slack-webhook-url')
param vaultSettings array = []

@description('Id of the crossfade-silver job, known once the bundle is deployed')
param silverJobId string = ''

@description('Id of the crossfade-gold job, known once the bundle is deployed')
param goldJobId string = ''

@description('Id of the crossfade-bulk job, known once the bundle is deployed; bulk runs need it')
param bulkJobId string = ''

@description('Tier of the Databricks workspace; permissions, Unity Catalog and serverless compute need premium')
@allowed(['premium', 'trial'])
param databricksSku string = 'premium'

@description('Clusters without public addresses; outside of a network of your own this adds a NAT gateway, billed by the hour')
param databricksNoPublicIp bool = false

@description('Private endpoints and a network of your own for the lake, the vault and the function app')
param privateNetwork bool = false

@description('First 16 bits of the network, such as 10.40; used with privateNetwork only')
param networkPrefix string = '10.40'

@description('A MongoDB that gold is exported to')
param mongo bool = false

@description('Size of its one node')
param mongoTier string = 'M25'

@description('Password of its only user, made anew by each deployment; left to its default, which is the only place for it')
@secure()
param mongoPassword string = newGuid()

@description('An Azure Managed Grafana beside the workbook')
param grafana bool = false

@description('Days telemetry is kept')
@minValue(30)
@maxValue(730)
param telemetryDays int = 30

@description('GB of telemetry a day; more is dropped until midnight')
param dailyTelemetryGb int = 1

@description('Addresses that alerts and budget notices go to')
param alertEmails array = []

@description('Monthly budget in the currency of the subscription; 0 for none')
param monthlyBudget int = 0

@description('First day the budget counts, YYYY-MM-01; of one that is there it cannot change; empty for a new one, from this month')
param budgetStartDate string = ''

@description('First day of this month; left to its default, which is the only place that Bicep knows the date in')
param thisMonth string = utcNow('yyyy-MM-01')

var token = toLower(uniqueString(subscription().id, environmentName, location))
var functionAppName = 'func-crossfade-${token}'
var allTags = union(tags, { 'azd-env-name': environmentName, application: 'crossfade', stage: stage })

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-crossfade-${environmentName}'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-crossfade-${token}'
    location: location
    tags: allTags
  }
}

// What the Spark jobs run as. It has no role in Azure and no secret: Unity Catalog says what it may open.
module sparkIdentity 'modules/identity.bicep' = {
  name: 'spark-identity'
  scope: group
  params: {
    name: 'id-crossfade-spark-${token}'
    location: location
    tags: allTags
  }
}

// Two, so that whoever may send telemetry gets no token for the lake.
module lakeConnector 'modules/access-connector.bicep' = {
  name: 'lake-connector'
  scope: group
  params: {
    name: 'dbac-crossfade-lake-${token}'
    location: location
    tags: allTags
  }
}

module insightsConnector 'modules/access-connector.bicep' = {
  name: 'insights-connector'
  scope: group
  params: {
    name: 'dbac-crossfade-insights-${token}'
    location: location
    tags: allTags
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-crossfade-${token}'
    location: location
    tags: allTags
    prefix: networkPrefix
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-crossfade-${token}'
    insightsName: 'appi-crossfade-${token}'
    actionGroupName: 'ag-crossfade-${token}'
    location: location
    tags: allTags
    retentionDays: telemetryDays
    dailyGb: dailyTelemetryGb
    emails: alertEmails
  }
}

module lake 'modules/lake.bicep' = {
  name: 'lake'
  scope: group
  params: {
    name: 'lake${token}'
    location: location
    tags: allTags
    skuName: storageSku
    softDeleteDays: softDeleteDays
    rawCoolAfterDays: rawCoolAfterDays
    publicAccess: !privateNetwork
    connectorId: lakeConnector.outputs.id
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    name: 'host${token}'
    location: location
    tags: allTags
    skuName: storageSku
    softDeleteDays: softDeleteDays
    publicAccess: !privateNetwork
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  name: 'service-bus'
  scope: group
  params: {
    name: 'sb-crossfade-${token}'
    location: location
    tags: allTags
  }
}

module vault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: allTags
    softDeleteDays: softDeleteDays
    purgeProtection: purgeProtection
    publicAccess: !privateNetwork
    workspaceId: monitoring.outputs.workspaceId
  }
}

module mongoConnector 'modules/access-connector.bicep' = if (mongo) {
  name: 'mongo-connector'
  scope: group
  params: {
    name: 'dbac-crossfade-vault-${token}'
    location: location
    tags: allTags
  }
}

module mongoDb 'modules/mongo.bicep' = if (mongo) {
  name: 'mongo'
  scope: group
  params: {
    name: 'mongo-crossfade-${token}'
    connectorPrincipalId: mongoConnector!.outputs.principalId
    location: location
    tags: allTags
    tier: mongoTier
    diskGb: 32
    password: 'Cf1-${mongoPassword}'
    vaultName: vault.outputs.name
  }
}

module databricks 'modules/databricks.bicep' = {
  name: 'databricks'
  scope: group
  params: {
    name: 'dbw-crossfade-${token}'
    managedGroupName: 'rg-crossfade-${environmentName}-databricks'
    location: location
    tags: allTags
    skuName: databricksSku
    noPublicIp: databricksNoPublicIp || privateNetwork
    networkId: privateNetwork ? network!.outputs.id : ''
    publicSubnetName: privateNetwork ? network!.outputs.databricksPublicSubnetName : ''
    privateSubnetName: privateNetwork ? network!.outputs.databricksPrivateSubnetName : ''
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (privateNetwork) {
  name: 'private-endpoints'
  scope: group
  params: {
    location: location
    tags: allTags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    lakeId: lake.outputs.id
    hostStorageId: hostStorage.outputs.id
    vaultId: vault.outputs.id
  }
}

module roles 'modules/role-assignments.bicep' = {
  name: 'role-assignments'
  scope: group
  params: {
    appPrincipalId: identity.outputs.principalId
    lakeConnectorPrincipalId: lakeConnector.outputs.principalId
    insightsConnectorPrincipalId: insightsConnector.outputs.principalId
    deployerPrincipalId: deployerPrincipalId
    deployerPrincipalType: deployerPrincipalType
    lakeName: lake.outputs.name
    hostStorageName: hostStorage.outputs.name
    serviceBusName: serviceBus.outputs.name
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    name: functionAppName
    planName: 'plan-crossfade-${token}'
    location: location
    tags: allTags
    identityId: identity.outputs.id
    deploymentContainerUrl: hostStorage.outputs.deploymentContainerUrl
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    alwaysReady: alwaysReady
    subnetId: privateNetwork ? network!.outputs.functionSubnetId : ''
    values: {
      clientId: identity.outputs.clientId
      credential: 'managedidentity'
      hostStorageName: hostStorage.outputs.name
      insightsAuthentication: 'Authorization=AAD;ClientId=${identity.outputs.clientId}'
      insightsConnectionString: monitoring.outputs.insightsConnectionString
      lakeBlobEndpoint: lake.outputs.blobEndpoint
      lakeQueueEndpoint: lake.outputs.queueEndpoint
      tablesUri: lake.outputs.tablesUri
      filesPath: '/Volumes/${catalog}/files/{area}'
      catalog: catalog
      serviceBusHost: serviceBus.outputs.host
      vaultUrl: vault.outputs.url
      databricksUrl: databricks.outputs.url
      publicUrl: 'https://${functionAppName}.azurewebsites.net'
      silverJobId: silverJobId
      goldJobId: goldJobId
      bulkJobId: bulkJobId
    }
    overrides: appSettings
    vaultSettings: vaultSettings
    vaultUrl: vault.outputs.url
  }
  dependsOn: [roles]
}

module events 'modules/events.bicep' = {
  name: 'events'
  scope: group
  params: {
    name: 'evgt-crossfade-${token}'
    location: location
    tags: allTags
    lakeId: lake.outputs.id
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: allTags
    insightsId: monitoring.outputs.insightsId
    serviceBusId: serviceBus.outputs.id
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: allTags
    insightsId: monitoring.outputs.insightsId
  }
}

module grafanaWorkspace 'modules/grafana.bicep' = if (grafana) {
  name: 'grafana'
  scope: group
  params: {
    name: 'graf-${token}'
    location: location
    tags: allTags
    adminPrincipalId: deployerPrincipalId
    adminPrincipalType: deployerPrincipalType
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  name: 'budget'
  scope: group
  params: {
    name: 'budget-crossfade-${environmentName}'
    amount: monthlyBudget
    startDate: empty(budgetStartDate) ? thisMonth : budgetStartDate
    emails: alertEmails
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output CROSSFADE_FUNCTION_APP string = functionApp.outputs.name
output CROSSFADE_FUNCTION_URL string = functionApp.outputs.url
output CROSSFADE_APP_CLIENT_ID string = identity.outputs.clientId
output CROSSFADE_LAKE string = lake.outputs.name
// Names the component and its endpoint; keys are switched off there, so it opens nothing by itself.
output CROSSFADE_INSIGHTS string = monitoring.outputs.insightsConnectionString
output CROSSFADE_INSIGHTS_ID string = monitoring.outputs.insightsId
// Both empty without a Grafana.
output CROSSFADE_GRAFANA string = grafana ? grafanaWorkspace!.outputs.name : ''
output CROSSFADE_GRAFANA_URL string = grafana ? grafanaWorkspace!.outputs.endpoint : ''
output CROSSFADE_VAULT string = vault.outputs.name
// Where the job finds the URI, and what reads it there; both empty without a MongoDB.
output CROSSFADE_MONGO_SECRET string = mongo ? '${vault.outputs.url}secrets/${mongoDb!.outputs.secretName}' : ''
output CROSSFADE_MONGO_CONNECTOR string = mongo ? mongoConnector!.outputs.id : ''
output CROSSFADE_EVENT_TOPIC string = events.outputs.name
output CROSSFADE_DATABRICKS_URL string = databricks.outputs.url
output CROSSFADE_DATABRICKS_ID string = databricks.outputs.id
output CROSSFADE_CATALOG string = catalog
output CROSSFADE_SPARK_CLIENT_ID string = sparkIdentity.outputs.clientId
output CROSSFADE_LAKE_CONNECTOR string = lakeConnector.outputs.id
output CROSSFADE_INSIGHTS_CONNECTOR string = insightsConnector.outputs.id

// Who may do what, and no more. Roles of the function app follow from its triggers and clients; the check
// `python -m local.infra_check` works them out from the code and compares.

@description('Object id of the function app\'s identity')
param appPrincipalId string

@description('Object id of the identity that Unity Catalog opens the lake with')
param lakeConnectorPrincipalId string

@description('Object id of the identity that the Spark jobs send telemetry with')
param insightsConnectorPrincipalId string

@description('Object id of who deploys; empty for none')
param deployerPrincipalId string

@description('What the deployer is')
param deployerPrincipalType string

@description('Name of the lake')
param lakeName string

@description('Name of the storage account of the Functions host')
param hostStorageName string

@description('Name of the Service Bus namespace')
param serviceBusName string

@description('Name of the vault')
param vaultName string

@description('Name of the Application Insights component')
param insightsName string

var roleIds = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  'Azure Service Bus Data Sender': '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  'Azure Service Bus Data Receiver': '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6'
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
}
var roleType = 'Microsoft.Authorization/roleDefinitions'

// The blob triggers watch control: their documented contract asks for Owner there, and for the queue role that
// poison blobs are reported with. The other containers are written by the app's own client, the feed by the jobs alone.
var lakeContainerRoles = [
  { container: 'raw', role: 'Storage Blob Data Contributor' }
  { container: 'gold', role: 'Storage Blob Data Contributor' }
  { container: 'metrics', role: 'Storage Blob Data Contributor' }
  { container: 'control', role: 'Storage Blob Data Owner' }
  { container: 'feed', role: 'Storage Blob Data Reader' }
]
var lakeRoles = ['Storage Queue Data Contributor']
// The host keeps leases and receipts in blobs, retries in queues, and diagnostic events in tables.
var hostStorageRoles = [
  'Storage Blob Data Owner'
  'Storage Queue Data Contributor'
  'Storage Table Data Contributor'
]
var queueRoles = ['Azure Service Bus Data Sender', 'Azure Service Bus Data Receiver']
// The platform scales by how many messages wait, and asks the namespace as the app. No built-in role gives just that.
var namespaceActions = ['Microsoft.ServiceBus/namespaces/queues/read']
var vaultRoles = ['Key Vault Secrets User']
var insightsRoles = ['Monitoring Metrics Publisher']
// On the account: Databricks hands out keys of short life that only the whole account can sign.
var lakeConnectorRoles = ['Storage Blob Data Contributor']
var insightsConnectorRoles = ['Monitoring Metrics Publisher']
var queues = loadJsonContent('../queues.json').queues

resource lake 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: lakeName
}

resource lakeBlobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' existing = {
  parent: lake
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = [
  for item in lakeContainerRoles: {
    parent: lakeBlobs
    name: item.container
  }
]

resource hostStorage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: hostStorageName
}

resource serviceBus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource busQueues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = [
  for queue in queues: {
    parent: serviceBus
    name: queue.name
  }
]

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource onContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (item, i) in lakeContainerRoles: {
    name: guid(containers[i].id, appPrincipalId, item.role)
    scope: containers[i]
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[item.role])
    }
  }
]

resource onLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in lakeRoles: {
    name: guid(lake.id, appPrincipalId, role)
    scope: lake
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[role])
    }
  }
]

resource onHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in hostStorageRoles: {
    name: guid(hostStorage.id, appPrincipalId, role)
    scope: hostStorage
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[role])
    }
  }
]

resource sendToQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, i) in queues: {
    name: guid(busQueues[i].id, appPrincipalId, queueRoles[0])
    scope: busQueues[i]
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[queueRoles[0]])
    }
  }
]

resource receiveFromQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, i) in queues: {
    name: guid(busQueues[i].id, appPrincipalId, queueRoles[1])
    scope: busQueues[i]
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[queueRoles[1]])
    }
  }
]

module queueCounts 'queue-counts-role.json' = {
  name: 'queue-counts-role'
  params: {
    actions: namespaceActions
  }
}

resource countsOnNamespace 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(serviceBus.id, appPrincipalId, 'queue-counts')
  scope: serviceBus
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: queueCounts.outputs.id
  }
}

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in vaultRoles: {
    name: guid(vault.id, appPrincipalId, role)
    scope: vault
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[role])
    }
  }
]

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in insightsRoles: {
    name: guid(insights.id, appPrincipalId, role)
    scope: insights
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[role])
    }
  }
]

resource connectorOnLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in lakeConnectorRoles: {
    name: guid(lake.id, lakeConnectorPrincipalId, role)
    scope: lake
    properties: {
      principalId: lakeConnectorPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[role])
    }
  }
]

resource connectorOnInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in insightsConnectorRoles: {
    name: guid(insights.id, insightsConnectorPrincipalId, role)
    scope: insights
    properties: {
      principalId: insightsConnectorPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId(roleType, roleIds[role])
    }
  }
]

resource deployerOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(vault.id, deployerPrincipalId)
  scope: vault
  properties: {
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId(roleType, roleIds['Key Vault Secrets Officer'])
  }
}

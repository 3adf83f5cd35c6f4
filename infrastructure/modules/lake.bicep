// The lake: an ADLS Gen2 account with the six containers. No keys: callers come with an identity.

@description('Name of the account')
@minLength(3)
@maxLength(24)
param name string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Replication')
param skuName string

@description('Days a deleted blob or container can be had back')
param softDeleteDays int

@description('Days after which raw answers move to the cool tier')
param rawCoolAfterDays int

@description('Whether the public network reaches the account; without it private endpoints do')
param publicAccess bool

@description('Id of the connector that Unity Catalog opens the account with')
param connectorId string

// feed is for others to copy, and as private as the rest: whoever publishes it gives a CDN an identity, or copies it.
var containerNames = ['raw', 'intermediate', 'gold', 'metrics', 'control', 'feed']

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: skuName
  }
  properties: {
    accessTier: 'Hot'
    isHnsEnabled: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      // Unity Catalog looks at the lake itself when a location is made, from outside of any network of ours.
      resourceAccessRules: publicAccess ? [] : [
        {
          tenantId: subscription().tenantId
          resourceId: connectorId
        }
      ]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [
  for container in containerNames: {
    parent: blobs
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

// Nothing is removed by age: an old answer that never changed may still be what the current tables stand on.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'raw-ages'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['raw/']
            }
            actions: {
              baseBlob: {
                tierToCool: {
                  daysAfterModificationGreaterThan: rawCoolAfterDays
                }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

output id string = account.id
output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tablesUri string = 'abfss://{container}@${account.name}.dfs.${environment().suffixes.storage}/tables'

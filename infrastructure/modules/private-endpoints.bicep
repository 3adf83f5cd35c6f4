// Private endpoints of the storage accounts and the vault, each with its name resolution inside the network.

@description('Region')
param location string

@description('Tags')
param tags object

@description('Id of the network')
param networkId string

@description('Id of the subnet the endpoints live in')
param subnetId string

@description('Id of the lake')
param lakeId string

@description('Id of the storage account of the Functions host')
param hostStorageId string

@description('Id of the vault')
param vaultId string

var storage = environment().suffixes.storage
var zoneNames = [
  'privatelink.blob.${storage}'
  'privatelink.dfs.${storage}'
  'privatelink.queue.${storage}'
  'privatelink.table.${storage}'
  'privatelink.vaultcore.azure.net'
]
var targets = [
  { name: 'lake-blob', id: lakeId, group: 'blob', zone: 0 }
  { name: 'lake-dfs', id: lakeId, group: 'dfs', zone: 1 }
  { name: 'lake-queue', id: lakeId, group: 'queue', zone: 2 }
  { name: 'host-blob', id: hostStorageId, group: 'blob', zone: 0 }
  { name: 'host-queue', id: hostStorageId, group: 'queue', zone: 2 }
  { name: 'host-table', id: hostStorageId, group: 'table', zone: 3 }
  { name: 'vault', id: vaultId, group: 'vault', zone: 4 }
]

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (zone, i) in zoneNames: {
    parent: zones[i]
    name: 'crossfade'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: networkId
      }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-01-01' = [
  for target in targets: {
    name: 'pep-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: subnetId
      }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: target.id
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-01-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.group
          properties: {
            privateDnsZoneId: zones[target.zone].id
          }
        }
      ]
    }
  }
]

// The workspace of the Spark jobs. Jobs and catalog are the bundle's (databricks.yml).

@description('Name of the workspace')
param name string

@description('Resource group Databricks keeps its own resources in; it is removed with the workspace')
param managedGroupName string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Tier')
param skuName string

@description('Clusters without public addresses')
param noPublicIp bool

@description('Id of the network to put clusters into; empty for one that Databricks manages')
param networkId string

@description('Subnet of the clusters, host side; with networkId')
param publicSubnetName string

@description('Subnet of the clusters, container side; with networkId')
param privateSubnetName string

var access = {
  enableNoPublicIp: {
    value: noPublicIp
  }
}
var injection = {
  customVirtualNetworkId: {
    value: networkId
  }
  customPublicSubnetName: {
    value: publicSubnetName
  }
  customPrivateSubnetName: {
    value: privateSubnetName
  }
}

resource workspace 'Microsoft.Databricks/workspaces@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
  }
  properties: {
    managedResourceGroupId: subscriptionResourceId('Microsoft.Resources/resourceGroups', managedGroupName)
    publicNetworkAccess: 'Enabled'
    requiredNsgRules: 'AllRules'
    parameters: empty(networkId) ? access : union(access, injection)
  }
}

output id string = workspace.id
output url string = 'https://${workspace.properties.workspaceUrl}'

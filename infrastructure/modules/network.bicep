// The optional network: subnets for the app, for private endpoints and for Databricks clusters, with a way out.

@description('Name of the network')
param name string

@description('Region')
param location string

@description('Tags')
param tags object

@description('First 16 bits of its addresses')
param prefix string

// Databricks writes these rules into the group when it takes the subnets over, and a network intent policy wants them there
// from then on: a deployment without them would take them out, and is refused. Names and priorities are Databricks' own.
resource clusterRules 'Microsoft.Network/networkSecurityGroups@2024-01-01' = {
  name: '${name}-databricks'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-worker-inbound'
        properties: {
          description: 'Nodes of a cluster talk to each other'
          direction: 'Inbound'
          priority: 100
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRange: '*'
        }
      }
      {
        name: 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-databricks-webapp'
        properties: {
          description: 'Nodes call the control plane and its relay'
          direction: 'Outbound'
          priority: 100
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'AzureDatabricks'
          destinationPortRanges: ['443', '3306', '8443-8451']
        }
      }
      {
        name: 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-sql'
        properties: {
          description: 'Nodes call the metastore'
          direction: 'Outbound'
          priority: 101
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'Sql'
          destinationPortRange: '3306'
        }
      }
      {
        name: 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-storage'
        properties: {
          description: 'Nodes read and write storage'
          direction: 'Outbound'
          priority: 102
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'Storage'
          destinationPortRange: '443'
        }
      }
      {
        name: 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-worker-outbound'
        properties: {
          description: 'Nodes of a cluster talk to each other'
          direction: 'Outbound'
          priority: 103
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRange: '*'
        }
      }
      {
        name: 'Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-eventhub'
        properties: {
          description: 'Nodes send their logs'
          direction: 'Outbound'
          priority: 104
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'EventHub'
          destinationPortRange: '9093'
        }
      }
    ]
  }
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2024-01-01' = {
  name: '${name}-endpoints'
  location: location
  tags: tags
}

resource address 'Microsoft.Network/publicIPAddresses@2024-01-01' = {
  name: '${name}-out'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

resource gateway 'Microsoft.Network/natGateways@2024-01-01' = {
  name: '${name}-nat'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIpAddresses: [
      {
        id: address.id
      }
    ]
  }
}

// Subnets are not named here: since version 2023-11-01 of the API those that are there stay then.
resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: ['${prefix}.0.0/16']
    }
  }
}

// Subnets of one network cannot be made at the same time, so each waits for the one before.
resource functions 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: network
  name: 'functions'
  properties: {
    addressPrefix: '${prefix}.0.0/24'
    networkSecurityGroup: {
      id: endpointRules.id
    }
    natGateway: {
      id: gateway.id
    }
    delegations: [
      {
        name: 'flex'
        properties: {
          serviceName: 'Microsoft.App/environments'
        }
      }
    ]
  }
}

resource endpoints 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: network
  name: 'endpoints'
  properties: {
    addressPrefix: '${prefix}.1.0/24'
    networkSecurityGroup: {
      id: endpointRules.id
    }
  }
  dependsOn: [functions]
}

resource databricksPublic 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: network
  name: 'databricks-public'
  properties: {
    addressPrefix: '${prefix}.2.0/24'
    networkSecurityGroup: {
      id: clusterRules.id
    }
    natGateway: {
      id: gateway.id
    }
    delegations: [
      {
        name: 'databricks'
        properties: {
          serviceName: 'Microsoft.Databricks/workspaces'
        }
      }
    ]
  }
  dependsOn: [endpoints]
}

resource databricksPrivate 'Microsoft.Network/virtualNetworks/subnets@2024-01-01' = {
  parent: network
  name: 'databricks-private'
  properties: {
    addressPrefix: '${prefix}.3.0/24'
    networkSecurityGroup: {
      id: clusterRules.id
    }
    natGateway: {
      id: gateway.id
    }
    delegations: [
      {
        name: 'databricks'
        properties: {
          serviceName: 'Microsoft.Databricks/workspaces'
        }
      }
    ]
  }
  dependsOn: [databricksPublic]
}

output id string = network.id
output functionSubnetId string = functions.id
output endpointSubnetId string = endpoints.id
output databricksPublicSubnetName string = databricksPublic.name
output databricksPrivateSubnetName string = databricksPrivate.name

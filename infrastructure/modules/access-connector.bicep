// A managed identity that Databricks may work under: a credential of Unity Catalog names it, and nobody holds a secret.

@description('Name of the connector')
param name string

@description('Region')
param location string

@description('Tags')
param tags object

resource connector 'Microsoft.Databricks/accessConnectors@2024-05-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
}

output id string = connector.id
output principalId string = connector.identity.principalId

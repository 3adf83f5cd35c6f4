// An identity to work under; it outlives what works, so its roles do too.

@description('Name of the identity')
param name string

@description('Region')
param location string

@description('Tags')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId

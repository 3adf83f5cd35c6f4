// A MongoDB that gold is exported to: Azure Cosmos DB for MongoDB vCore, one node, with the URI as a secret of the vault.
// Its types are not among those that the resources here are held to, so the cluster is a template as it is sent to Azure.

@description('Name of the cluster')
param name string

@description('Object id of the identity that Databricks reads the secret as')
param connectorPrincipalId string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Size of the node: M25 has 2 burstable cores and 8 GB')
param tier string

@description('Size of its disk, in GB')
param diskGb int

@description('Password of the only user; a new one with each deployment')
@secure()
param password string

@description('Vault that keeps the URI')
param vaultName string

var secretName = 'mongo-uri'
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

module cluster 'mongo-cluster.json' = {
  name: 'mongo-cluster'
  params: {
    name: name
    location: location
    tags: tags
    tier: tier
    diskGb: diskGb
    password: password
    vaultName: vaultName
    secretName: secretName
    readerPrincipalId: connectorPrincipalId
    readerRoleId: secretsUser
  }
}

output secretName string = secretName

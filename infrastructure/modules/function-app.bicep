// The function app on Flex Consumption. Its settings are those of app-settings.json, generated from the code.

@description('Name of the app')
param name string

@description('Name of the plan')
param planName string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Id of the identity the app works under')
param identityId string

@description('URL of the blob container the app is deployed from')
param deploymentContainerUrl string

@description('Python the app runs on, as in 3.13')
param pythonVersion string

@description('Memory of an instance, in MB')
param instanceMemoryMB int

@description('Most instances the app may grow to')
param maximumInstanceCount int

@description('Requests an instance answers at once')
param httpConcurrency int

@description('Instances kept warm')
param alwaysReady array

@description('Subnet of the app; empty for none')
param subnetId string

@description('What app-settings.json calls from, by name; an empty value leaves the setting out')
param values object

@description('Settings that differ from their defaults, by name')
param overrides object

@description('Names of settings to read from the vault')
param vaultSettings array

@description('URL of the vault')
param vaultUrl string

var contract = loadJsonContent('../app-settings.json')
var wired = filter(contract.wired, setting => !empty(values[setting.from]))
var wiredSettings = [
  for setting in wired: {
    name: setting.name
    value: values[setting.from]
  }
]
var overrideSettings = [
  for setting in items(overrides): {
    name: setting.key
    value: string(setting.value)
  }
]
var vaultReferences = [
  for setting in vaultSettings: {
    name: setting
    value: '@Microsoft.KeyVault(SecretUri=${vaultUrl}secrets/${toLower(replace(setting, '_', '-'))})'
  }
]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: concat(wiredSettings, overrideSettings, vaultReferences)
    }
  }
}

resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'

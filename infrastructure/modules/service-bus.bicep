// The queues, with the settings every emulator reads too. Standard: sessions and duplicate detection need it;
// private endpoints would need Premium, at some 70 times the price, so entry is by Entra identity alone.

@description('Name of the namespace')
param name string

@description('Region')
param location string

@description('Tags')
param tags object

var queueFile = loadJsonContent('../queues.json')

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [
  for queue in queueFile.queues: {
    parent: namespace
    name: queue.name
    properties: queue.properties
  }
]

output id string = namespace.id
output name string = namespace.name
output host string = '${namespace.name}.servicebus.windows.net'

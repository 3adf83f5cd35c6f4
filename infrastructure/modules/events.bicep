// The topic of the lake's events. Its subscriptions need a key the deployed app makes: see event-subscriptions.bicep.

@description('Name of the topic')
param name string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Id of the lake')
param lakeId string

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    source: lakeId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

output name string = topic.name

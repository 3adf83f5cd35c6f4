// One subscription for each blob trigger, made once the app is deployed: Event Grid calls the app to make sure of it.
// The app's key is read here, inside Azure; it is never printed and never on a command line.

@description('Name of the function app')
param functionAppName string

@description('Name of the topic of the lake')
param topicName string

var contract = loadJsonContent('app-settings.json')

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: topicName
}

resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = [
  for trigger in contract.blobTriggers: {
    parent: topic
    name: replace(trigger.function, '_', '-')
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.${trigger.function}&code=${listKeys('${app.id}/host/default', '2024-04-01').systemkeys.blobs_extension}'
          maxEventsPerBatch: 1
        }
      }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${trigger.container}/blobs/${trigger.prefix}'
        subjectEndsWith: trigger.suffix
        advancedFilters: [
          {
            // A file written through the Data Lake API is created empty first; only what is whole counts.
            operatorType: 'StringIn'
            key: 'data.api'
            values: ['PutBlob', 'PutBlockList', 'CopyBlob', 'FlushWithClose']
          }
        ]
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
    }
  }
]

// The workbook: one panel for each query of queries/.

@description('Region')
param location string

@description('Tags')
param tags object

@description('Id of the Application Insights component it asks')
param insightsId string

var panels = [
  { title: 'Runs', chart: 'table', query: loadTextContent('../queries/runs.kql') }
  { title: 'Minutes by stage', chart: 'timechart', query: loadTextContent('../queries/stage-durations.kql') }
  { title: 'Minutes by part of a run', chart: 'timechart', query: loadTextContent('../queries/latency.kql') }
  { title: 'Dollars a run', chart: 'timechart', query: loadTextContent('../queries/run-cost.kql') }
  { title: 'Requests a minute', chart: 'timechart', query: loadTextContent('../queries/requests.kql') }
  { title: 'Share of the permitted rate', chart: 'timechart', query: loadTextContent('../queries/rate-used.kql') }
  { title: 'Tasks', chart: 'timechart', query: loadTextContent('../queries/tasks.kql') }
  { title: 'Quality', chart: 'timechart', query: loadTextContent('../queries/quality.kql') }
  { title: 'Matches by band', chart: 'timechart', query: loadTextContent('../queries/matches.kql') }
  { title: 'Answers that were still fresh', chart: 'timechart', query: loadTextContent('../queries/cache-hits.kql') }
  { title: 'Spark', chart: 'table', query: loadTextContent('../queries/spark.kql') }
  { title: 'Storage', chart: 'timechart', query: loadTextContent('../queries/storage.kql') }
  { title: 'Alerts and how long they stay', chart: 'table', query: loadTextContent('../queries/alert-record.kql') }
  { title: 'What went wrong', chart: 'table', query: loadTextContent('../queries/failures.kql') }
  { title: 'Telemetry a day', chart: 'barchart', query: loadTextContent('../queries/telemetry-volume.kql') }
]
var range = {
  type: 9
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      {
        id: guid('crossfade', 'range')
        version: 'KqlParameterItem/1.0'
        name: 'range'
        label: 'Time range'
        type: 4
        isRequired: true
        value: {
          durationMs: 172800000
        }
      }
    ]
  }
}
var items = [
  for panel in panels: {
    type: 3
    name: panel.title
    content: {
      version: 'KqlItem/1.0'
      title: panel.title
      query: panel.query
      size: 0
      queryType: 0
      resourceType: 'microsoft.insights/components'
      timeContextFromParameter: 'range'
      visualization: panel.chart
    }
  }
]
var content = {
  version: 'Notebook/1.0'
  items: concat([range], items)
  fallbackResourceIds: [insightsId]
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'crossfade')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Crossfade'
    category: 'workbook'
    sourceId: insightsId
    serializedData: string(content)
  }
}

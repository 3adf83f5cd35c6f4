// The alert rules. A rule of logs fires when its query finds a row: thresholds are in alerts/*.kql (the
// check holds them to the defaults of shared/config.py), windows here.

@description('Region')
param location string

@description('Tags')
param tags object

@description('Id of the Application Insights component the rules ask')
param insightsId string

@description('Id of the Service Bus namespace')
param serviceBusId string

@description('Whom alerts go to')
param actionGroupId string

var critical = 1
var warning = 2
var rules = [
  {
    name: 'run-failed'
    title: 'A run or one of its Spark jobs failed'
    severity: critical
    every: 'PT5M'
    window: 'PT10M'
    query: loadTextContent('../alerts/run-failed.kql')
  }
  {
    name: 'quality-critical'
    title: 'Quality of a table is under 0.90'
    severity: critical
    every: 'PT5M'
    window: 'PT15M'
    query: loadTextContent('../alerts/quality-critical.kql')
  }
  {
    name: 'quality-warning'
    title: 'Quality of a table is from 0.90 to 0.95'
    severity: warning
    every: 'PT5M'
    window: 'PT15M'
    query: loadTextContent('../alerts/quality-warning.kql')
  }
  {
    name: 'no-completed-run'
    title: 'No run was completed for six hours'
    severity: critical
    every: 'PT15M'
    window: 'PT6H'
    query: loadTextContent('../alerts/no-completed-run.kql')
  }
  {
    name: 'run-late-critical'
    title: 'A run takes longer than two hours'
    severity: critical
    every: 'PT5M'
    window: 'P1D'
    query: loadTextContent('../alerts/run-late-critical.kql')
  }
  {
    name: 'run-late-warning'
    title: 'A run takes longer than an hour'
    severity: warning
    every: 'PT5M'
    window: 'P1D'
    query: loadTextContent('../alerts/run-late-warning.kql')
  }
  {
    name: 'volume'
    title: 'A run brought three standard deviations more or fewer records than the ten before'
    severity: warning
    every: 'PT15M'
    window: 'P2D'
    query: loadTextContent('../alerts/volume.kql')
  }
  {
    name: 'utilisation'
    title: 'A run took more than 80 % of the time between two runs'
    severity: warning
    every: 'PT15M'
    window: 'PT30M'
    query: loadTextContent('../alerts/utilisation.kql')
  }
]

resource logRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'crossfade-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Crossfade: ${rule.name}'
      description: rule.title
      severity: rule.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [actionGroupId]
      }
    }
  }
]

// drain_dead_letters empties the queue within a minute, so the most there ever was is what counts.
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'crossfade-dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'A message could not be handled'
    severity: critical
    enabled: true
    scopes: [serviceBusId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}

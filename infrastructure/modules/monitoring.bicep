// Telemetry: a workspace with a daily cap, Application Insights in it, and whom alerts go to.

@description('Name of the Log Analytics workspace')
param workspaceName string

@description('Name of the Application Insights component')
param insightsName string

@description('Name of the action group')
param actionGroupName string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Days telemetry is kept')
param retentionDays int

@description('GB a day; more is dropped until midnight')
param dailyGb int

@description('Addresses alerts go to')
param emails array

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyGb
    }
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // Telemetry is taken from identities only, so the connection string is an address and no secret.
    DisableLocalAuth: true
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'crossfade'
    emailReceivers: [
      for (email, i) in emails: {
        name: 'email-${i}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
output insightsName string = insights.name
output insightsConnectionString string = insights.properties.ConnectionString
output actionGroupId string = actionGroup.id

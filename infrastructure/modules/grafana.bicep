// Azure Managed Grafana, for those who look there rather than at the workbook; its dashboard is grafana-dashboard.json.
// Its types are not among those that the resources here are held to, so it is a template as it is sent to Azure.

@description('Name of the workspace, at most 23 characters')
param name string

@description('Region')
param location string

@description('Tags')
param tags object

@description('Object id of who may import dashboards; empty for nobody')
param adminPrincipalId string

@description('What that is')
param adminPrincipalType string

var monitoringReader = '43d0d8ad-25c7-4714-9337-8ba259a9fe05'
var grafanaAdmin = '22926164-76b3-42b3-bc55-97df8dab3e41'

module workspace 'grafana-workspace.json' = {
  name: 'grafana-workspace'
  params: {
    name: name
    location: location
    tags: tags
    readerRoleId: monitoringReader
    adminRoleId: grafanaAdmin
    adminPrincipalId: adminPrincipalId
    adminPrincipalType: adminPrincipalType
  }
}

output name string = name
output endpoint string = workspace.outputs.endpoint

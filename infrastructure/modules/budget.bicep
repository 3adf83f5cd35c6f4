// What the resource group may cost a month; notices at half, at most and beyond.

@description('Name of the budget')
param name string

@description('Amount a month')
param amount int

@description('First day it counts, YYYY-MM-01')
param startDate string

@description('Addresses notices go to; without any, the owners of the subscription get them')
param emails array

var roles = empty(emails) ? ['Owner'] : []

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: startDate
    }
    notifications: {
      half: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 50
        thresholdType: 'Actual'
        contactEmails: emails
        contactRoles: roles
      }
      most: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 90
        thresholdType: 'Actual'
        contactEmails: emails
        contactRoles: roles
      }
      forecast: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 110
        thresholdType: 'Forecasted'
        contactEmails: emails
        contactRoles: roles
      }
    }
  }
}

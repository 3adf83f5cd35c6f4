// Reads JSON from standard input, {name: query}, and writes {name: [problem]}: what Microsoft's own parser says of each
// query, against the tables of Application Insights.
const parser = process.argv[2];
require(`${parser}/node_modules/@kusto/language-service-next/bridge.min.js`);
require(`${parser}/node_modules/@kusto/language-service-next/Kusto.Language.Bridge.min.js`);

const { KustoCode, GlobalState, DiagnosticSeverity, Symbols } = globalThis.Kusto.Language;

const COMMON = "timestamp: datetime, itemType: string, itemCount: int, customDimensions: dynamic, operation_Id: string, " +
  "operation_Name: string, operation_ParentId: string, cloud_RoleName: string, cloud_RoleInstance: string";
const TABLES = {
  customEvents: "name: string",
  customMetrics: "name: string, value: real, valueCount: int, valueSum: real, valueMin: real, valueMax: real",
  traces: "message: string, severityLevel: int",
  requests: "id: string, name: string, success: string, resultCode: string, duration: real, url: string",
  dependencies: "id: string, name: string, success: string, resultCode: string, duration: real, target: string, type: string",
  exceptions: "type: string, problemId: string, outerMessage: string, outerType: string, innermostMessage: string, severityLevel: int",
};

function globals() {
  const tables = Object.entries(TABLES).map(([name, columns]) =>
    Symbols.TableSymbol.From(`(${columns}, ${COMMON})`).WithName(name));
  const database = new Symbols.DatabaseSymbol.$ctor2("insights", null, tables, false);
  return GlobalState.Default.WithDatabase(database);
}

function problems(query, state) {
  const code = KustoCode.ParseAndAnalyze(query, state);
  const found = code.GetDiagnostics().ToArray ? code.GetDiagnostics().ToArray() : list(code.GetDiagnostics());
  return found
    .filter((diagnostic) => diagnostic.Severity === DiagnosticSeverity.Error)
    .map((diagnostic) => `line ${query.slice(0, diagnostic.Start).split("\n").length}: ${diagnostic.Message}`);
}

function list(bridgeList) {
  return Array.from({ length: bridgeList.Count }, (_, i) => bridgeList.getItem(i));
}

const state = globals();
const queries = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const answer = Object.fromEntries(Object.entries(queries).map(([name, query]) => [name, problems(query, state)]));
process.stdout.write(JSON.stringify(answer));

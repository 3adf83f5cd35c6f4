// Reads JSON from standard input, {tables: {name: {column: type}}, queries: [text]}, and writes a list of problems for
// each query, {line, message}: what Microsoft's own parser and binder say of it against those tables.
const parser = process.argv[2];
require(`${parser}/node_modules/@kusto/language-service-next/bridge.min.js`);
require(`${parser}/node_modules/@kusto/language-service-next/Kusto.Language.Bridge.min.js`);

const { KustoCode, GlobalState, DiagnosticSeverity, Symbols } = globalThis.Kusto.Language;

function globals(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const list = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
    return Symbols.TableSymbol.From(`(${list.join(", ")})`).WithName(name);
  });
  const database = new Symbols.DatabaseSymbol.$ctor2("insights", null, symbols, false);
  return GlobalState.Default.WithDatabase(database);
}

function problems(query, state) {
  const found = KustoCode.ParseAndAnalyze(query, state).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, i) => found.getItem(i))
    .filter((diagnostic) => diagnostic.Severity === DiagnosticSeverity.Error)
    .map((diagnostic) => ({ line: query.slice(0, diagnostic.Start).split("\n").length, message: diagnostic.Message }));
}

const { tables, queries } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const state = globals(tables);
process.stdout.write(JSON.stringify(queries.map((query) => problems(query, state))));

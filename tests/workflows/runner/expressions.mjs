// GitHub's own workflow parser and expression evaluator behind a pipe: one JSON request a line in, one answer a line out.
// Requests: {op: "validate", kind, name, text} | {op: "resolve", tree, scope} | {op: "condition", text, scope}
//           | {op: "references", text}; scope = {contexts, status, workspace}.
// Answers: {value} or {error}.
import {createHash} from "node:crypto";
import {readdirSync, readFileSync} from "node:fs";
import {register} from "node:module";
import {join, relative} from "node:path";
import {createInterface} from "node:readline";

// The packages import JSON without an import attribute, which Node refuses; this loader turns JSON into a module.
const LOADER = `import {readFile} from "node:fs/promises";
export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  return {format: "module", shortCircuit: true, source: "export default " + (await readFile(new URL(url), "utf8"))};
}`;
register("data:text/javascript," + encodeURIComponent(LOADER));

const {Evaluator, Lexer, Parser, data} = await import("@actions/expressions");
const {TokenType} = await import("@actions/expressions/lexer");
const {ContextAccess, IndexAccess, Literal} = await import("@actions/expressions/ast");
const {convertWorkflowTemplate, parseWorkflow, NoOperationTraceWriter} = await import("@actions/workflow-parser");
const {parseAction} = await import("@actions/workflow-parser/actions/index");

const CONTEXTS = [
  "env", "github", "inputs", "job", "jobs", "matrix", "needs", "runner", "secrets", "steps", "strategy", "vars",
];
const STATUS = ["success", "failure", "always", "cancelled"];

function functionsOf(scope) {
  const found = STATUS.map(name => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(name === "always" || Boolean(scope?.status?.[name])),
  }));
  found.push({
    name: "hashFiles",
    minArgs: 1,
    maxArgs: 255,
    call: (...patterns) => new data.StringData(hashFiles(scope.workspace, patterns.map(p => p.coerceString()))),
  });
  return new Map(found.map(item => [item.name.toLowerCase(), item]));
}

// The digest of the digests of the files, in order of their paths; empty when nothing matches.
function hashFiles(workspace, patterns) {
  const wanted = patterns.filter(p => !p.startsWith("!")).map(glob);
  const unwanted = patterns.filter(p => p.startsWith("!")).map(p => glob(p.slice(1)));
  const names = readdirSync(workspace, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => relative(workspace, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(name => wanted.some(p => p.test(name)) && !unwanted.some(p => p.test(name)))
    .sort();
  const all = createHash("sha256");
  for (const name of names) all.update(createHash("sha256").update(readFileSync(join(workspace, name))).digest());
  return names.length ? all.digest("hex") : "";
}

function glob(pattern) {
  const body = pattern
    .replace(/^\.\//, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/?|\*|\?/g, found => (found === "?" ? "[^/]" : found === "*" ? "[^/]*" : found === "**" ? ".*" : "(?:.*/)?"));
  return new RegExp(`^${body}$`);
}

function parse(text, functions) {
  return new Parser(new Lexer(text).lex().tokens, CONTEXTS, [...functions.values()]).parse();
}

function evaluate(text, scope) {
  const functions = functionsOf(scope);
  const contexts = JSON.parse(JSON.stringify(scope.contexts), data.reviver);
  return new Evaluator(parse(text, functions), contexts, functions).evaluate();
}

// The parts of a string: plain text and the expressions between ${{ and }}, which may contain }} inside quotes.
function parts(text) {
  const found = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf("${{", at);
    if (start < 0) break;
    let end = start + 3;
    for (let quoted = false; ; end++) {
      if (end >= text.length) throw new Error(`an expression is not closed: ${text.slice(start)}`);
      if (text[end] === "'") quoted = !quoted;
      if (!quoted && text.startsWith("}}", end)) break;
    }
    if (start > at) found.push({plain: text.slice(at, start)});
    found.push({expression: text.slice(start + 3, end).trim()});
    at = end + 2;
  }
  if (at < text.length) found.push({plain: text.slice(at)});
  return found;
}

function resolve(tree, scope) {
  if (typeof tree === "string") return resolveText(tree, scope);
  if (Array.isArray(tree)) return tree.map(item => resolve(item, scope));
  if (tree === null || typeof tree !== "object") return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [resolveText(key, scope), resolve(value, scope)]));
}

function resolveText(text, scope) {
  const found = parts(text);
  if (found.length === 1 && found[0].expression !== undefined) return plain(evaluate(found[0].expression, scope));
  return found.map(part => part.plain ?? evaluate(part.expression, scope).coerceString()).join("");
}

function plain(value) {
  return JSON.parse(JSON.stringify(value, data.replacer));
}

// Without a status function GitHub puts success() in front.
function condition(text, scope) {
  const found = parts(text);
  const whole = found.length === 1 && found[0].expression !== undefined ? found[0].expression : text;
  if (found.some(part => part.expression !== undefined) && whole === text) {
    throw new Error(`text around an expression makes a condition always true: ${text}`);
  }
  const tokens = new Lexer(whole).lex().tokens;
  const asks = tokens.some(
    (token, index) =>
      token.type === TokenType.IDENTIFIER &&
      STATUS.includes(token.lexeme.toLowerCase()) &&
      tokens[index + 1]?.type === TokenType.LEFT_PAREN,
  );
  const value = evaluate(asks ? `!!(${whole})` : `success() && !!(${whole})`, scope);
  return plain(value);
}

// Every context path that a string's expressions read, such as github.event.pull_request.title; * for a computed part.
function references(text) {
  const found = [];
  for (const part of parts(text)) {
    if (part.expression !== undefined) walk(parse(part.expression, functionsOf({})), found);
  }
  return found;
}

function walk(node, found) {
  const path = pathOf(node, found);
  if (path) found.push(path.join("."));
  else for (const key of ["expr", "left", "right", "group", "index"]) if (node[key]?.accept) walk(node[key], found);
  if (!path) for (const item of node.args ?? []) walk(item, found);
}

function pathOf(node, found) {
  if (node instanceof ContextAccess) return [node.name.lexeme];
  if (!(node instanceof IndexAccess)) return undefined;
  const before = pathOf(node.expr, found);
  if (!before) return undefined;
  if (node.index instanceof Literal) return [...before, node.index.literal.coerceString()];
  if (node.index.accept && node.index.constructor.name !== "Star") walk(node.index, found);
  return [...before, "*"];
}

async function validate({kind, name, text}) {
  const read = kind === "action" ? parseAction : parseWorkflow;
  const result = read({name, content: text}, new NoOperationTraceWriter());
  if (kind !== "action" && result.value) {
    await convertWorkflowTemplate(result.context, result.value, undefined, {errorPolicy: 1});
  }
  return [...new Set(result.context.errors.getErrors().map(error => error.message))];
}

const OPERATIONS = {
  validate,
  resolve: request => resolve(request.tree, request.scope),
  condition: request => condition(request.text, request.scope),
  references: request => references(request.text),
};

for await (const line of createInterface({input: process.stdin})) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = {value: (await OPERATIONS[request.op](request)) ?? null};
  } catch (error) {
    answer = {error: error.message};
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}

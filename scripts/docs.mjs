// Writes the generated documentation: `npm run docs`. A page for every diagnostic rule, and the JSON schema in
// docs/notebook-output.md. With `--check` it only says whether they are up to date.
import fs from 'node:fs';
import path from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { fromSources, read, root, writeOrCheck } from './lib.mjs';

const ruleFolder = 'src/core/diagnostics/rules';
const ruleNames = fs.readdirSync(path.join(root, ruleFolder)).map((file) => path.basename(file, '.ts')).filter((name) => name !== 'all');

const { rules, notebookPayload, openTensorFile, createReferenceEngine, ...ruleModules } = await fromSources(`
  export { rules } from './src/core/diagnostics/registry';
  export { notebookPayload } from './src/protocol/notebookPayload';
  export { openTensorFile } from './src/core/normoscope';
  export { createReferenceEngine } from './src/core/engine/reference/referenceEngine';
  ${ruleNames.map((name) => `export * as ${name} from './${ruleFolder}/${name}';`).join('\n')}
`);

const command = 'npm run docs';
const exampleFile = 'samples/broken_pre_bn.npy';

/** What the rules really find in the broken sample: the examples of their pages. */
async function exampleFindings() {
  const bytes = fs.readFileSync(path.join(root, exampleFile));
  const source = {
    name: path.basename(exampleFile),
    size: bytes.length,
    identity: exampleFile,
    read: async (position, target) => void target.set(bytes.subarray(position, position + target.length)),
    verify: async () => undefined,
    close: async () => undefined,
  };
  const file = await openTensorFile(source);
  return (await file.analyze(createReferenceEngine(), { tensor: 0 })).findings;
}

function rulePage({ id, source }, found) {
  const { page } = Object.values(ruleModules).find((exported) => Object.values(exported).some((value) => value.id === id));
  if (page === undefined) throw new Error(`The rule ${id} has no page.`);
  const { title, explanation, severity, evidence: parts } = page;
  const evidence = Object.assign({}, ...parts);
  const unexplained = found.flatMap((finding) => Object.keys(finding.evidence)).find((name) => !(name in evidence));
  if (unexplained !== undefined) throw new Error(`The rule ${id} does not say what "${unexplained}" of its evidence is.`);
  const [example] = found;
  const values = (name) => (example === undefined ? '' : ` ${JSON.stringify(example.evidence[name], fourDigits)} |`);
  return [
    `<!-- Written by \`${command}\` from src/core/diagnostics. -->`,
    `# ${title}`,
    ...explanation,
    `**Rule** \`${id}\` · **severity** ${severity}`,
    ...(example === undefined ? [] : ['## Example', `In \`${exampleFile}\`:`, `> **${example.severity}** ${example.message}`]),
    '## Evidence',
    'The numbers that a finding carries, as the command line and the copied JSON show them:',
    [
      `| Name | What it is |${example === undefined ? '' : ' In the example |'}`,
      `|:--|:--|${example === undefined ? '' : ':--|'}`,
      ...Object.entries(evidence).map(([name, text]) => `| \`${name}\` | ${text} |${values(name)}`),
    ].join('\n'),
    '## Source',
    `${source[0].toUpperCase()}${source.slice(1)}.`,
  ].join('\n\n') + '\n';
}

/** Of a measured number, for a page: the last digits are the engine's business. */
function fourDigits(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

/** The payload's schema: what valibot checks, with the one check that JSON schema has other words for. */
function payloadSchema() {
  const { $schema, ...schema } = toJsonSchema(notebookPayload, {
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === 'check' ? { ...jsonSchema, anyOf: [{ required: ['data'] }, { required: ['statistics'] }] } : undefined,
  });
  return { $schema, title: 'A tensor as a notebook output of Normoscope', ...schema };
}

/** JSON with what fits on a line on one line. */
function printed(value, indent = '') {
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (typeof value !== 'object' || value === null || indent.length + line.length <= 100) return line;
  const parts = Array.isArray(value)
    ? value.map((item) => printed(item, `${indent}  `))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${printed(item, `${indent}  `)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.map((part) => `${indent}  ${part}`).join(',\n')}\n${indent}${close}`;
}

function withBlock(file, name, text) {
  const pattern = new RegExp(`(<!-- generated: ${name} -->\n)[^]*?(<!-- /generated -->)`);
  const page = read(file);
  if (page === null || !pattern.test(page)) throw new Error(`${file} has no place for the generated "${name}".`);
  return page.replace(pattern, (_, open, close) => `${open}${text}\n${close}`);
}

const findings = await exampleFindings();
const schemaPage = 'docs/notebook-output.md';
writeOrCheck(
  {
    ...Object.fromEntries(
      rules.map((rule) => [`docs/rules/${rule.id}.md`, rulePage(rule, findings.filter((finding) => finding.rule === rule.id))]),
    ),
    [schemaPage]: withBlock(schemaPage, 'schema', `\`\`\`json\n${printed(payloadSchema())}\n\`\`\``),
  },
  command,
);

// Writes what package.json contributes to VS Code, and src/core/formats/endings.ts, from the registries: `npm run manifest`. With
// `--check` it only says whether they are up to date. Everything else in package.json is written by hand; strings are in package.nls.json.
import { fromSources, read, writeOrCheck } from './lib.mjs';

/** Commands, in the order of the documentation; titles are `command.<key>` in package.nls.json. */
const commands = [
  { command: 'normoscope.openTensor', key: 'openTensor' },
  { command: 'normoscope.compare', key: 'compare' },
  { command: 'normoscope.compareWith', key: 'compareWith' },
  { command: 'normoscope.copyStatistics', key: 'copyStatistics' },
  { command: 'normoscope.copyCode', key: 'copyCode' },
  { command: 'normoscope.saveNormalized', key: 'saveNormalized' },
  { command: 'normoscope.exportReport', key: 'exportReport' },
  { command: 'normoscope.showLog', key: 'showLog' },
];

const { formats, tensorViewType, sharedViewType, rendererId, notebookMimeType } = await fromSources(`
  export { formats } from './src/core/formats/registry';
  export { tensorViewType, sharedViewType } from './src/features/context';
  export { rendererId } from './src/features/notebook';
  export { notebookMimeType } from './src/protocol/notebookPayload';
`);

const own = [...new Set(formats.flatMap((format) => format.extensions))];
const shared = [...new Set(formats.flatMap((format) => format.sharedExtensions))];
const glance = [...new Set(formats.filter(({ readsWhole }) => readsWhole !== true).flatMap((format) => [...format.extensions, ...format.sharedExtensions]))];
const extensions = [...own, ...shared];
/** `/\.(npy|safetensors\.index\.json)$/i`: the Explorer compares whole endings as the extension does, without case. */
const namePattern = `/\\.(${extensions.map((extension) => extension.slice(1).replaceAll('.', '\\.')).join('|')})$/i`;
/** `activeCustomEditorId == a || activeCustomEditorId == b` */
const editorHasFocus = [tensorViewType, ...(shared.length > 0 ? [sharedViewType] : [])].map((id) => `activeCustomEditorId == ${id}`).join(' || ');
const editor = (viewType, endings, priority) => ({
  viewType,
  displayName: '%editor.displayName%',
  selector: endings.map((extension) => ({ filenamePattern: `*${extension}` })),
  priority,
});

/** Settings are of the machine, not of a folder that somebody else wrote; `machine-overridable` lets the workspace say otherwise. */
const configuration = {
  title: '%displayName%',
  properties: {
    'normoscope.exact': { type: 'boolean', default: false, scope: 'machine-overridable', markdownDescription: '%setting.exact%' },
  },
};

const contributes = {
  configuration,
  customEditors: [
    // VS Code has nothing of its own to show these files with, and something for the others.
    editor(tensorViewType, own, 'default'),
    ...(shared.length > 0 ? [editor(sharedViewType, shared, 'option')] : []),
  ],
  commands: commands.map(({ command, key }) => ({ command, title: `%command.${key}%`, category: '%category%' })),
  menus: {
    commandPalette: ['normoscope.compareWith', 'normoscope.copyStatistics', 'normoscope.copyCode', 'normoscope.saveNormalized', 'normoscope.exportReport'].map((command) => ({
      command,
      when: editorHasFocus,
    })),
    'explorer/context': [
      {
        command: 'normoscope.compare',
        when: `!explorerResourceIsFolder && resourceFilename =~ ${namePattern}`,
        group: 'navigation@100',
      },
      {
        command: 'normoscope.compareWith',
        when: `!explorerResourceIsFolder && resourceFilename =~ ${namePattern}`,
        group: 'navigation@101',
      },
    ],
  },
  notebookRenderer: [
    {
      id: rendererId,
      displayName: '%renderer.displayName%',
      entrypoint: './dist/webview/renderer.js',
      mimeTypes: [notebookMimeType],
      // Without messaging it shows the statistics that travelled in the output.
      requiresMessaging: 'optional',
    },
  ],
};

/** The editor, the commands and the renderer activate by themselves; badges and hovers are there without a click. */
const activationEvents = ['onStartupFinished', 'onLanguage:python'];

const command = 'npm run manifest';
const constant = (comment, name, list) => `/** ${comment} */\nexport const ${name}: readonly string[] = ${list.length > 8 ? `[\n${list.map((item) => `  '${item}',\n`).join('')}]` : `['${list.join("', '")}']`};\n`;
const endings = [
  `// Written by \`${command}\` from the formats' own files: what the extension knows of them without a reader in it.\n`,
  constant("Of files that are surely tensors. Lower case, with the dot: `['.npy']`.", 'tensorExtensions', own),
  constant('Of files that may hold tensors and have another home in VS Code.', 'sharedExtensions', shared),
  constant('Those of both that a glance may be taken at: opening such a file reads no more than its header.', 'glanceExtensions', glance),
  constant('Ids of formats whose tensors may lie in other files, which only a header names.', 'formatsWithParts', formats.filter(({ mayHaveParts }) => mayHaveParts).map(({ id }) => id)),
].join('\n');

const manifest = { ...JSON.parse(read('package.json')), activationEvents, contributes };
writeOrCheck({ 'package.json': `${JSON.stringify(manifest, null, 2)}\n`, 'src/core/formats/endings.ts': endings }, command);

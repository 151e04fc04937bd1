// Writes what package.json contributes to VS Code from the registries: `npm run manifest`. With `--check` it only says
// whether package.json is up to date. Everything else in package.json is written by hand; strings are in package.nls.json.
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

const own = formats.flatMap((format) => format.extensions);
const shared = formats.flatMap((format) => format.sharedExtensions);
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

const manifest = { ...JSON.parse(read('package.json')), activationEvents, contributes };
writeOrCheck({ 'package.json': `${JSON.stringify(manifest, null, 2)}\n` }, 'npm run manifest');

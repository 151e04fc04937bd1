import { signal } from '@preact/signals';
import { render } from 'preact';
import type { EditorState } from '../src/protocol/messages';
import { createDrawing, DrawingContext } from './drawing';
import { connectHost } from './host';
import { App, type Actions } from './views/app';
import './styles/base.css';
import './styles/page.css';
import './styles/columns.css';

/** Root of the editor's page: the state comes from the host whole, each time; what is the page's own is kept by VS Code. */

const state = signal<EditorState | null>(null);
const { calls, recall, remember } = connectHost({ show: (next) => void (state.value = next) });

const actions: Actions = {
  setOptions: (options) => void calls.setOptions.asEvent(options),
  selectTensor: (index) => void calls.selectTensor.asEvent(index),
  retry: () => void calls.retry.asEvent(),
  cancel: () => void calls.cancel.asEvent(),
  copyStatistics: () => void calls.copyStatistics.asEvent(),
  openRule: (rule) => void calls.openRule.asEvent(rule),
};

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root.');
const drawing = createDrawing(root, ({ name, reason }) => void calls.rendererChosen.asEvent(name, reason));
const kept = recall() as { readonly logY?: boolean } | null;

render(
  <DrawingContext.Provider value={drawing}>
    <App state={state} actions={actions} logY={kept?.logY === true} setLogY={(logY) => remember({ logY })} />
  </DrawingContext.Provider>,
  root,
);

void calls.ready().then((first) => (state.value ??= first));

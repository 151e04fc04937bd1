import { listed } from '../../text/numbers';
import type { Rule, RulePage } from '../rule';

/** Names that stand in the message. */
const named = 4;

export const page: RulePage = {
  title: 'Pickle that runs programs',
  explanation: [
    'The file holds a pickle that names functions which run programs, or open files or connections (`posix.system`, `builtins.eval`). A pickle is a program: `torch.load` with `weights_only=False`, `pickle.load` and `joblib.load` call what it names, with what it gives them, before anybody sees a tensor. No model needs such a function for its weights.',
    'Normoscope reads pickles as data: names are never looked up, imported or called, and the tensors beside them are shown as in any file. Names that only make data (`collections.OrderedDict`, `torch._utils._rebuild_tensor_v2`) are not told; classes that nothing is known of are a warning of the file (`unknown-code`), since what they do cannot be told from the file.',
    'What to do: do not load the file in Python. Ask where it comes from, and for a `.safetensors` file instead; if it has to be loaded, use `torch.load(…, weights_only=True)`, which refuses such names.',
  ],
  severity: 'always an error',
  evidence: [
    {
      calls: 'the functions, by their names in Python; the first eight of them',
      callCount: 'how many of those are told',
      pickle: 'where the pickle is in the file',
      at: 'the byte of the pickle that names the first',
    },
  ],
};

/** C21: a pickle that would run a program when it is loaded. */
export const unsafePickle: Rule = {
  id: 'unsafe-pickle',
  source: 'Python documentation of pickle ("Only unpickle data you trust"); fickling and picklescan, which judge the same names',

  check: ({ warnings }) => unsafePickle.checkFile?.(warnings) ?? [],

  checkFile(warnings) {
    const calls = warnings.flatMap(({ call }) => (call === undefined ? [] : [call]));
    const [first] = calls;
    if (first === undefined) return [];
    const names = [...new Set(calls.map(({ name }) => name))];
    return [
      {
        rule: unsafePickle.id,
        severity: 'error',
        message: `Loading this file in Python would call ${listed(names, named)} (byte ${first.at} of the pickle ${first.pickle}). Here no name was looked up, and nothing was run.`,
        evidence: { calls: names.join(', '), callCount: names.length, pickle: first.pickle, at: first.at },
        source: unsafePickle.source,
      },
    ];
  },
};

import type { Warning } from '../../tensor/tensor';
import { listed } from '../../text/numbers';
import type { PickleGlobal } from './value';

/**
 * What a program would do with the names in a pickle. The reading here does not depend on it: no name is ever looked up.
 * It is for the user, who may load the same file elsewhere.
 */
type Kind = 'harmless' | 'unsafe' | 'unknown';

/** Classes and functions that only make data. All else is named to the user: a list of what is bad is never complete. */
const harmless: readonly RegExp[] = [
  /^collections\.(OrderedDict|defaultdict|Counter|deque)$/,
  /^(builtins|__builtin__)\.(set|frozenset|list|dict|tuple|int|long|float|bool|str|unicode|bytes|bytearray|complex|slice|range|xrange|object)$/,
  /^(copyreg|copy_reg)\._reconstructor$/,
  /^_codecs\.encode$/,
  /^datetime\.(datetime|date|time|timedelta|timezone)$/,
  /^pathlib\.(Pure)?(Posix|Windows)?Path$/,
  /^(decimal\.Decimal|fractions\.Fraction|uuid\.UUID|argparse\.Namespace|types\.SimpleNamespace|functools\.partial|re\._compile)$/,
  /^torch\.(Size|device|Tensor|strided|sparse_\w+|per_\w+|(contiguous|preserve)_format|channels_last(_3d)?|dtype|Generator)$/,
  /^torch\.(bool|u?int\d+|float\d+(_\w+)?|bfloat16|half|float|double|long|int|short|complex\d+|c?quint\w+|qu?int\w+)$/,
  /^torch(\.cuda|\.storage)?\.\w*Storage$/,
  /^torch\._utils\._rebuild_\w+$/,
  /^torch\._tensor\._rebuild_from_type(_v2)?$/,
  /^torch\.serialization\._get_layout$/,
  /^torch\.nn\.(parameter|modules\.\w+)\.\w+$/,
  /^torch\.(optim|ao\.nn|distributions)(\.\w+)+$/,
  /^torch\.jit\._pickle\.\w+$/,
  /^__torch__\./,
  /^numpy\.(ndarray|dtype|bool_?|u?int\d+|float\d+|complex\d+|str_|bytes_)$/,
  /^numpy\.(core|_core)\.multiarray\.(_reconstruct|scalar)$/,
  /^numpy\.(core|_core)\.numeric\._frombuffer$/,
  /^numpy\.(dtypes\.\w+|random\.(_pickle|mtrand|_mt19937|_pcg64)\.\w+)$/,
];

/** Python's own modules, of which what is not above runs programs, opens files or connections, or finds what does. */
const standardModules = new Set(
  `__builtin__ _aix_support _ast _asyncio _bootsubprocess _codecs _ctypes _frozen_importlib _frozen_importlib_external _imp _io
  _multiprocessing _operator _osx_support _pickle _posixsubprocess _pyio _signal _socket _sqlite3 _thread _winapi abc antigravity
  ast asyncio asyncore atexit bdb builtins bz2 cProfile cgi cgitb cmd code codecs codeop commands compileall concurrent contextlib
  copyreg copy_reg crypt ctypes curses dbm distutils doctest email ensurepip faulthandler fcntl fileinput ftplib functools gc
  getpass glob gzip http httplib idlelib imaplib imp importlib inspect io lib2to3 linecache logging lzma mailbox mailcap marshal
  mmap modulefinder msilib multiprocessing netrc nntplib nt ntpath operator os pdb pickle pipes pkgutil platform poplib posix
  posixpath profile pstats pty py_compile pydoc readline runpy sched select selectors shelve shlex shutil signal site smtplib
  socket socketserver sqlite3 ssl subprocess sys sysconfig tarfile telnetlib tempfile test threading thread timeit tkinter trace
  traceback turtle types unittest urllib urllib2 uu venv weakref webbrowser winreg wsgiref xmlrpc zipapp zipfile zipimport`.split(/\s+/),
);

/** Packages and functions that do the same for others. */
const runners: readonly RegExp[] = [
  /^(pip|setuptools|pkg_resources|IPython|ipykernel|cloudpickle|dill|requests|aiohttp|urllib3|paramiko|fsspec|joblib)\./,
  /^torch\.(load|hub\.|jit\.load|utils\.cpp_extension\.|utils\.model_zoo\.|package\.|serialization\.(?!_get_layout))/,
  /^numpy\.(load|fromfile|memmap|f2py\.|testing\.|distutils\.)/,
  /\.(os|sys|subprocess|builtins|importlib|ctypes|socket|shutil|posix)\./,
  /\.(system|popen|__\w+__)(\.|$)/,
];

function kindOf(name: string): Kind {
  if (harmless.some((pattern) => pattern.test(name))) return 'harmless';
  const module = name.slice(0, Math.max(0, name.indexOf('.')));
  return standardModules.has(module) || runners.some((pattern) => pattern.test(name)) ? 'unsafe' : 'unknown';
}

/** Names that are told of one file. */
const told = 8;

/**
 * What the user should know before loading the file with Python.
 * @param place of the pickle: `archive/data.pkl`
 */
export function globalWarnings(globals: readonly PickleGlobal[], place: string): Warning[] {
  const warnings: Warning[] = [];
  const unsafe = globals.filter(({ name }) => kindOf(name) === 'unsafe');
  for (const { name, at } of unsafe.slice(0, told)) {
    const message = `The pickle ${place} refers to ${name} (at byte ${at}): loading it in Python would call that. Here it was not resolved, and nothing was run.`;
    warnings.push({ code: 'unsafe-pickle', message, call: { name, pickle: place, at } });
  }
  if (unsafe.length > told) {
    warnings.push({ code: 'unsafe-pickle', message: `The pickle ${place} refers to ${unsafe.length - told} more functions of this kind.` });
  }
  const unknown = globals.filter(({ name }) => kindOf(name) === 'unknown').map(({ name }) => name);
  if (unknown.length > 0) {
    const message = `The pickle ${place} refers to ${listed(unknown)}: loading it in Python would import the code of that. Here it was not resolved, and nothing was run.`;
    warnings.push({ code: 'unknown-code', message });
  }
  return warnings;
}

// A mocha reporter that writes one JSON line per event into the file of its option `file`, as things happen: what a
// suite has done is known even when it is ended in the middle.
const fs = require('node:fs');

module.exports = class LinesReporter {
  constructor(runner, options) {
    const { file } = options.reporterOptions;
    const write = (event) => fs.appendFileSync(file, `${JSON.stringify(event)}\n`);
    const title = (test) => test.titlePath().join(' › ');
    runner.on('test', (test) => write({ event: 'start', title: title(test) }));
    runner.on('pass', (test) => write({ event: 'pass', title: title(test), duration: test.duration }));
    runner.on('pending', (test) => write({ event: 'skip', title: title(test) }));
    // Hooks fail by this event too.
    runner.on('fail', (test, error) => write({ event: 'fail', title: title(test), error: describe(error) }));
    runner.once('end', () => write({ event: 'end' }));
  }
};

/** The stack holds the message, unless the message was written later. */
function describe(error) {
  const { message = String(error), stack = '' } = error ?? {};
  return stack.includes(message) ? stack : `${message}\n${stack}`;
}

#!/usr/bin/env node
/** Process entry: hands the command line to cli/ and sets the exit status; nothing else. */

const argv = process.argv.slice(2);
// These two kill a process that does not expect them, and loading the program takes a moment. A sensor that is asked
// to reopen files or to reload rules before it has any has nothing to do (run-signals.ts goes on from here).
if (argv[0] === 'run')
  for (const signal of ['SIGHUP', 'SIGUSR2']) process.on(signal, () => undefined);

const { main } = await import('./cli/index.ts');
process.exitCode = await main(argv);

/**
 * The process that starts capture workers, and does nothing else: with `--user` it is, beside them, the only one that may
 * capture, and whatever it starts inherits that. It takes no argument, reads no file, sees neither packets nor requests:
 * whoever took over the supervisor gets a worker from it, which is what the supervisor may have anyway.
 *
 * A worker and the supervisor speak over a socket pair made with the worker; the supervisor's end is handed over to it
 * (worker-messages.ts says in which steps).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WORKER_LINE_FD, type FromStarter, type ToStarter } from './worker-messages.ts';

const workers = new Map<number, ChildProcess>();

function start(id: number): void {
  const program = fileURLToPath(new URL('./worker.js', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, program], {
    // WORKER_LINE_FD is the fourth.
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  workers.set(id, child);
  child.on('error', (error) => {
    // It never was; or it could not be killed, and then it will exit by itself.
    if (child.pid === undefined) tell({ type: 'ended', id, how: error.message });
  });
  child.on('exit', (code, signal) => {
    workers.delete(id);
    tell({ type: 'ended', id, how: signal ?? `exit status ${code ?? 0}` });
  });
  const line = lineOf(child);
  if (line !== undefined && child.pid !== undefined) tell({ type: 'line', id }, line);
}

/** Closes the copy of the line that is here; from then on nobody but the supervisor reads it. */
function handOver(id: number): void {
  const child = workers.get(id);
  const line = child === undefined ? undefined : lineOf(child);
  line?.once('close', () => {
    tell({ type: 'started', id });
  });
  line?.destroy();
}

function lineOf(child: ChildProcess): Socket | undefined {
  const line = child.stdio[WORKER_LINE_FD];
  return line instanceof Socket ? line : undefined;
}

function tell(message: FromStarter, line?: Socket): void {
  // Without the supervisor there is nobody to tell; `disconnect` says so.
  if (process.connected) process.send?.(message, line, { keepOpen: true }, () => undefined);
}

process.on('message', (message: ToStarter) => {
  switch (message.type) {
    case 'start':
      start(message.id);
      break;
    case 'taken':
      handOver(message.id);
      break;
    case 'kill':
      workers.get(message.id)?.kill('SIGKILL');
      break;
  }
});

process.on('disconnect', () => {
  // They end by themselves when the supervisor does; one whose line is still here would not.
  for (const child of workers.values()) child.kill('SIGKILL');
});

// Ctrl-C reaches the whole process group, and systemd tells every process: the supervisor decides what it means.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)
  process.on(signal, () => undefined);

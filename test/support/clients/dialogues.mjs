/**
 * Connections that say what a script tells them: clients and servers of hostile intent, which no real software is.
 * node dialogues.mjs < SCRIPT; the script is JSON, its shape is in dialogues.ts. Exit status 0 when all dialogues that
 * connect came to their end; else what was missing stands on standard error.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 90_000;

/** What dialogues told each other, and how often. */
const told = new Map();
let wakeHearers = () => undefined;
let news = new Promise((resolve) => (wakeHearers = resolve));

function tell(what) {
  told.set(what, (told.get(what) ?? 0) + 1);
  wakeHearers();
  news = new Promise((resolve) => (wakeHearers = resolve));
}

async function hear({ hear: what, times }, name) {
  const end = performance.now() + PATIENCE_MS;
  while ((told.get(what) ?? 0) < times) {
    const left = end - performance.now();
    if (left <= 0) throw new Error(`${name}: never heard ${what}`);
    await Promise.race([news, pause(left, undefined, { ref: false })]);
  }
}

class Talk {
  #socket;
  #name;
  #values;
  #heard = '';
  #isOver = false;
  #wake = () => undefined;

  constructor(socket, name, values) {
    this.#socket = socket;
    this.#name = name;
    this.#values = values;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      this.#heard += text;
      this.#wake();
    });
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        this.#isOver = true;
        this.#wake();
      });
    }
  }

  async run(steps) {
    for (const step of steps) await this.#take(step);
    this.#socket.end();
  }

  async #take(step) {
    if ('send' in step) this.#socket.write(this.#fill(step.send));
    else if ('wait' in step) await pause(step.wait);
    else if ('tell' in step) tell(step.tell);
    else if ('hear' in step) await hear(step, this.#name);
    else await this.#expect(step);
  }

  #fill(text) {
    return text.replace(/\$\{(\w+)\}/g, (whole, name) => this.#values.get(name) ?? whole);
  }

  /** Waits for text; what stands before it is dropped. */
  async #expect({ expect, as }) {
    const pattern = new RegExp(this.#fill(expect), 's');
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(this.#heard);
      if (match !== null) {
        this.#heard = this.#heard.slice(match.index + match[0].length);
        if (as !== undefined) this.#values.set(as, match[1] ?? match[0]);
        return;
      }
      const left = end - performance.now();
      if (this.#isOver || left <= 0) {
        throw new Error(`${this.#name}: waited for ${expect}, heard ${this.#heard.slice(-800)}`);
      }
      const woken = new Promise((resolve) => (this.#wake = resolve));
      await Promise.race([woken, pause(left, undefined, { ref: false })]);
    }
  }
}

async function call({ name, connect: to, steps, at = 0 }, values) {
  await pause(at);
  const socket = connect({ host: to.address, port: to.port, localAddress: to.from });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  await new Talk(socket, name, new Map(values)).run(steps);
  socket.destroy();
}

async function listen({ name, listen: on, steps }, values) {
  const server = createServer((socket) => {
    new Talk(socket, name, new Map(values)).run(steps).catch((error) => {
      process.stderr.write(`${error.message}\n`);
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(on.port, on.address, resolve);
  });
}

const dialogues = JSON.parse(readFileSync(0, 'utf8'));
const values = new Map();
try {
  await Promise.all(
    dialogues.filter((each) => 'listen' in each).map((each) => listen(each, values)),
  );
  await Promise.all(
    dialogues.filter((each) => 'connect' in each).map((each) => call(each, values)),
  );
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

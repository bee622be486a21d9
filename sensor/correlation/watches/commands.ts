/**
 * `c2-bot-grammar` and `c2-mass-control`: accounts that are steered like programs. A command is a message that begins
 * with a word of the grammars bots are known for (threats.md section 5). Answers within seconds, again and again,
 * from an account that never speaks first, make the pair; one command to many accounts makes the herd.
 */
import { eventId } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { RecentDistinct } from '../recent.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const BOT = eventId('c2.bot_grammar');
const HERD = eventId('c2.mass_control');

const LIFE_SECONDS = 24 * 3600;
/** Commands are short; a text that happens to begin like one mostly is not. */
const MAX_COMMAND_BYTES = 512;
/** Output of a command may come in pieces: for so long the bot is not speaking first. */
const OUTPUT_SECONDS = 60;

/** Words a command begins with, and whether something must follow. Longest of a common beginning first. */
const VERBS = words([
  '$ ',
  '!http',
  '!download ',
  '!shell ',
  '!exec ',
  '!cmd ',
  '!ddos ',
  '!update ',
  '!kill',
  '^/',
  '^~',
  '%/',
  'cmd:',
  'cmd /c ',
  'exec ',
  'exec:',
  'execute ',
  'shell ',
  'shell:',
  'download http',
  'download ftp',
  'upload /',
  'upload c:',
  'screenshot',
  'sleep 0',
  'sleep 1',
  'sleep 2',
  'sleep 3',
  'sleep 4',
  'sleep 5',
  'sleep 6',
  'sleep 7',
  'sleep 8',
  'sleep 9',
  'kill 0',
  'kill 1',
  'kill 2',
  'kill 3',
  'kill 4',
  'kill 5',
  'kill 6',
  'kill 7',
  'kill 8',
  'kill 9',
  'killproc ',
  'getfile ',
  'getfile:',
  'sendfile ',
  'keylog ',
  'runas ',
  'powershell ',
]);

/** By byte: does a command begin with it? Most texts are through with that. */
const FIRST_BYTES = new Uint8Array(256);
for (const verb of VERBS) FIRST_BYTES[verb[0] as number] = 1;

export function watchCommands(options: WatchOptions): Watch {
  return new CommandWatch(options);
}

class CommandWatch implements Watch {
  readonly name = 'commands';
  readonly kinds = KINDS.message;
  readonly #thresholds;
  /** By operator and bot. */
  readonly #pairs: LruTable;
  readonly #pendingUsec;
  readonly #commandUsec;
  readonly #commands;
  readonly #answered;
  readonly #speaksFirst;
  /** By operator and command. */
  readonly #herds: LruTable;
  readonly #targets: RecentDistinct;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const pairs = new LruTable(memory, 'commands', limits.correlationCommandEntries, LIFE_SECONDS);
    this.#pairs = pairs;
    this.#pendingUsec = pairs.float64();
    this.#commandUsec = pairs.float64();
    this.#commands = pairs.uint32();
    this.#answered = pairs.uint32();
    this.#speaksFirst = pairs.uint8();
    this.#herds = new LruTable(
      memory,
      'herds',
      limits.correlationCommandEntries / 4,
      thresholds.commandTargetSeconds,
    );
    this.#targets = new RecentDistinct(this.#herds, thresholds.commandTargets + 1);
  }

  stanza(scene: Scene): void {
    const { outline, view, from, to } = scene;
    const region = outline.body;
    if (region < 0 || !from.isKnown || !to.isKnown) return;
    const { memory, regions } = view;
    const offset = regions[3 * region + 1] as number;
    const length = regions[3 * region + 2] as number;
    const isCommand = length <= MAX_COMMAND_BYTES && beginsLikeCommand(memory, offset, length);
    if (this.#pairs.count > 0) this.#answer(scene);
    if (!isCommand || outline.type === TYPE.groupchat || !isCountable(scene)) return;
    this.#command(scene);
    this.#herd(scene, this.#key.ofBytes(memory, offset, length));
  }

  #command(scene: Scene): void {
    const { high, low } = this.#key.ofPair(scene.from.bare, scene.to.bare);
    const slot = this.#pairs.claim(high, low, scene.nowUsec);
    this.#pendingUsec.values[slot] = scene.nowUsec;
    this.#commandUsec.values[slot] = scene.nowUsec;
    this.#commands.values[slot] = (this.#commands.values[slot] as number) + 1;
  }

  /** Is this an answer to a command? Then the sender is the bot, the addressee its operator. */
  #answer(scene: Scene): void {
    const { nowUsec, view } = scene;
    const { high, low } = this.#key.ofPair(scene.to.bare, scene.from.bare);
    const slot = this.#pairs.find(high, low, nowUsec);
    if (slot < 0 || !isCountable(scene)) return;
    const pending = this.#pendingUsec.values[slot] as number;
    if (pending === 0) {
      const since = Math.abs(nowUsec - (this.#commandUsec.values[slot] as number)) / 1e6;
      if (since > OUTPUT_SECONDS) this.#speaksFirst.values[slot] = 1;
      return;
    }
    this.#pendingUsec.values[slot] = 0;
    const { commandAnswerSeconds, commandPairs } = this.#thresholds;
    if (Math.abs(nowUsec - pending) > commandAnswerSeconds * 1e6) return;
    const answered = (this.#answered.values[slot] as number) + 1;
    this.#answered.values[slot] = answered;
    if (answered < commandPairs || this.#speaksFirst.values[slot] === 1) return;
    const commands = this.#commands.values[slot] as number;
    const [operator, bot] = [view.to, view.from];
    scene.raise(
      BOT,
      { key: bareKey(operator, bot), contributors: [bot, operator] },
      {
        summary: `${shown(bot)} answered ${answered} of ${counted(commands, 'command')} of ${shown(operator)} within ${span(commandAnswerSeconds)} each and never spoke first`,
        commands,
        answered,
      },
    );
  }

  #herd(scene: Scene, command: Key): void {
    const { nowUsec, view } = scene;
    const { commandTargets, commandTargetSeconds } = this.#thresholds;
    command.ofPair(scene.from.bare, command);
    const slot = this.#herds.claim(command.high, command.low, nowUsec);
    const isNew = this.#targets.add(slot, scene.to.bare.high, scene.to.bare.low, nowUsec);
    const targets = this.#targets.within(slot, nowUsec, commandTargetSeconds);
    if (!isNew || targets < commandTargets) return;
    scene.raise(
      HERD,
      { key: view.from, contributors: [view.to] },
      {
        summary: `${shown(view.from)} sent the same command to ${counted(targets, 'account')} within ${span(commandTargetSeconds)}`,
        targets,
      },
    );
  }
}

/** Not counted at another place, and nobody the operator knows. */
function isCountable(scene: Scene): boolean {
  return !scene.isRepeat && !scene.hasBot && !scene.from.bare.equals(scene.to.bare);
}

function bareKey(operator: string, bot: string): string {
  return `${bareJid(operator)} ${bareJid(bot)}`;
}

function words(texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}

function beginsLikeCommand(memory: Uint8Array, offset: number, length: number): boolean {
  if (FIRST_BYTES[lower(memory[offset] as number)] === 0) return false;
  for (const verb of VERBS) {
    if (length < verb.length) continue;
    let i = 0;
    while (i < verb.length && lower(memory[offset + i] as number) === verb[i]) i++;
    if (i === verb.length) return true;
  }
  return false;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

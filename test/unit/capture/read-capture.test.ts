import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { OperatorError, defaultLimits, setLogLevel } from '../../../sensor/core/index.ts';
import { listCaptureFiles, readCapture } from '../../../sensor/capture/index.ts';
import { makeWindow, type CaptureParser } from '../../../sensor/capture/capture-parser.ts';
import { PcapParser } from '../../../sensor/capture/pcap-parser.ts';
import { PcapngParser } from '../../../sensor/capture/pcapng-parser.ts';
import { concat, writePcap } from '../../support/packets.ts';
import { Collector, PcapngWriter, read, temporaryFolder, textPackets } from './files.ts';

const FILE = writePcap(textPackets('one', 'two', 'three'));

async function operatorError(promise: Promise<unknown>): Promise<OperatorError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof OperatorError, String(error));
    return error;
  }
  assert.fail('nothing was thrown');
}

describe('readCapture', () => {
  it('says what cannot be read, and why', async () => {
    const folder = temporaryFolder();
    const missing = await operatorError(readCapture(join(folder, 'nothing'), new Collector()));
    assert.deepEqual([missing.code, missing.exitCode], ['INPUT_UNREADABLE', 2]);
    assert.match(missing.message, /^Cannot read .*nothing: ENOENT/);
    const directory = await operatorError(readCapture(folder, new Collector()));
    assert.equal(directory.code, 'INPUT_UNREADABLE');
    assert.match(directory.hint ?? '', /folder/);
  });

  it('says what is no capture, and what to do', async () => {
    const cases: readonly (readonly [Uint8Array, RegExp, RegExp])[] = [
      [new Uint8Array(0), /it is empty$/, /^$/],
      [Buffer.from('a'), /not a capture$/, /pcap or pcapng/],
      [Buffer.from('<html><body>404 Not Found</body></html>'), /not a capture$/, /pcap or pcapng/],
      [gzipSync(Buffer.from('just text, compressed')), /not a capture$/, /pcap/],
      [gzipSync(new Uint8Array(0)), /it is empty$/, /^$/],
      [gzipSync(FILE).subarray(0, 12), /unexpected end of file/, /damaged/],
      [Buffer.from('fd377a585a000004', 'hex'), /xz-compressed/, /xz -dc/],
      [Buffer.from('BZh91AY&SY'), /bzip2-compressed/, /bzip2 -dc/],
      [Buffer.from('PK\x03\x04'), /zip archive/, /unpack/],
      [Buffer.from('snoop\0\0\0\0\0\0\x02'), /snoop capture/, /editcap/],
    ];
    for (const [bytes, message, hint] of cases) {
      const error = await operatorError(read(bytes));
      assert.deepEqual([error.code, error.exitCode], ['INPUT_NOT_CAPTURE', 2]);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
    }
  });

  it('reports progress up to the size of the file as it is stored', async () => {
    const packets = textPackets(...Array.from({ length: 60 }, (_, i) => `${i}`.repeat(30_000)));
    for (const bytes of [writePcap(packets), gzipSync(writePcap(packets))]) {
      const reports: number[] = [];
      await read(bytes, {
        onProgress: ({ readBytes, totalBytes }) => {
          assert.equal(totalBytes, bytes.length);
          reports.push(readBytes);
        },
      });
      assert.ok(reports.length >= 2);
      assert.deepEqual(
        reports,
        [...reports].sort((a, b) => a - b),
      );
      assert.equal(reports.at(-1), bytes.length);
    }
  });

  it('stops when aborted: before, while packets are handed on, and while it waits', async () => {
    const before = await read(FILE, { signal: AbortSignal.abort() });
    assert.deepEqual(before.result, { packets: 0, bytes: 0, problem: undefined });

    const controller = new AbortController();
    const path = join(temporaryFolder(), 'long');
    const many = textPackets(...Array.from({ length: 5000 }, () => 'x'.repeat(1000)));
    writeFileSync(path, writePcap(many));
    let count = 0;
    const packet = (): void => {
      if (++count === 10) controller.abort();
    };
    const result = await readCapture(path, { packet }, { signal: controller.signal });
    assert.equal(result.packets, count);
    assert.ok(count < 5000, String(count));
    assert.equal(result.problem, undefined);
  });

  it('lets timers run while packets are slow to handle', async () => {
    const path = join(temporaryFolder(), 'slow');
    writeFileSync(path, writePcap(textPackets(...Array.from({ length: 4000 }, () => 'x'))));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const ticksAtPacket: number[] = [];
    const packet = (): void => {
      ticksAtPacket.push(ticks);
      const end = performance.now() + 0.05;
      while (performance.now() < end);
    };
    await readCapture(path, { packet });
    clearInterval(timer);
    // 4,000 packets of 50 us are 200 ms in one chunk of the file: ten turns of 20 ms.
    const between = (ticksAtPacket.at(-1) ?? 0) - (ticksAtPacket[0] ?? 0);
    assert.ok(between >= 5, String(between));
  });

  it('hands out borrowed bytes: scribbling over them harms no later packet', async () => {
    const path = join(temporaryFolder(), 'scribbled');
    writeFileSync(path, FILE);
    const collector = new Collector();
    await readCapture(path, {
      packet(bytes, offset, caplen, ...rest) {
        collector.packet(bytes, offset, caplen, ...rest);
        bytes.fill(0xff, offset, offset + caplen);
      },
    });
    assert.deepEqual(collector.texts, ['one', 'two', 'three']);
  });

  it('lets what a handler throws through, and closes the file', async () => {
    const path = join(temporaryFolder(), 'throws');
    writeFileSync(path, FILE);
    const packet = (): never => {
      throw new RangeError('programmer error');
    };
    await assert.rejects(readCapture(path, { packet }), /programmer error/);
  });
});

describe('standard input', () => {
  const door = new URL('../../../sensor/capture/index.js', import.meta.url).href;
  const script = `
    const { readCapture } = await import(${JSON.stringify(door)});
    const controller = new AbortController();
    process.on('SIGTERM', () => controller.abort());
    let texts = [];
    const packet = (bytes, offset, caplen) => {
      texts.push(Buffer.from(bytes.subarray(offset, offset + caplen)).toString());
      process.stderr.write('.');
    };
    const { problem } = await readCapture('-', { packet }, { signal: controller.signal });
    console.log(JSON.stringify({ texts, problem }));
  `;

  /** Runs a reader; `feed` gets its standard input. */
  async function readStdin(
    feed: (child: ReturnType<typeof spawn>) => void,
  ): Promise<{ texts: string[]; problem?: string }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    feed(child);
    await new Promise((resolve) => child.once('close', resolve));
    return JSON.parse(output) as { texts: string[]; problem?: string };
  }

  it('is read to its end, in whatever pieces it comes', async () => {
    const { texts, problem } = await readStdin((child) => {
      let at = 0;
      const timer = setInterval(() => {
        child.stdin?.write(FILE.subarray(at, (at += 7)));
        if (at < FILE.length) return;
        clearInterval(timer);
        child.stdin?.end();
      }, 1);
    });
    assert.deepEqual(texts, ['one', 'two', 'three']);
    assert.equal(problem, undefined);
  });

  it('compressed and truncated, is told by that name', async () => {
    const { texts, problem } = await readStdin((child) => {
      child.stdin?.end(gzipSync(FILE.subarray(0, FILE.length - 2)));
    });
    assert.deepEqual(texts, ['one', 'two']);
    assert.equal(problem, 'standard input: truncated at decompressed byte 62');
  });

  it('that falls silent does not keep a signal from ending the run', async () => {
    const { texts } = await readStdin((child) => {
      child.stdin?.write(FILE);
      let dots = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        dots += chunk.toString();
        if (dots.length === 3) child.kill('SIGTERM');
      });
    });
    assert.deepEqual(texts, ['one', 'two', 'three']);
  });
});

describe('parsers', () => {
  const w = new PcapngWriter();
  const pcapng = concat([
    w.section(),
    w.interface(1),
    w.packet('one'),
    w.block(99, new Uint8Array(40)),
    w.packet('two'),
    w.packet('three'),
  ]);
  const setup = (handler: Collector): ConstructorParameters<typeof PcapngParser>[0] => ({
    handler,
    fileName: 'x',
    limits: defaultLimits(),
  });
  const formats: Readonly<Record<string, readonly [Uint8Array, (c: Collector) => CaptureParser]>> =
    {
      pcap: [FILE, (collector) => new PcapParser(setup(collector), 'little')],
      pcapng: [pcapng, (collector) => new PcapngParser(setup(collector))],
    };
  for (const [name, [file, makeParser]] of Object.entries(formats)) {
    it(`${name} gives the same packets at every cut of the file into pieces`, () => {
      for (let size = 1; size <= file.length; size++) {
        const collector = new Collector();
        const parser = makeParser(collector);
        const window = makeWindow(file.length);
        window.bytes.set(file);
        let start = 0;
        for (let end = size; start < file.length; end = Math.min(end + size, file.length)) {
          start = parser.parse(window, start, end);
          if (end === file.length) break;
        }
        assert.deepEqual(collector.texts, ['one', 'two', 'three'], String(size));
        assert.ok(parser.isAtBoundary);
        assert.equal(parser.problem, undefined);
      }
    });
  }
});

describe('listCaptureFiles', () => {
  it('is the path itself for a file and for standard input', async () => {
    const file = join(temporaryFolder(), 'any');
    writeFileSync(file, 'not looked at');
    assert.deepEqual(await listCaptureFiles(file), [file]);
    assert.deepEqual(await listCaptureFiles('-'), ['-']);
  });

  it('lists the captures of a folder by name, numbers as numbers', async () => {
    setLogLevel('error');
    const folder = temporaryFolder();
    const captures = ['cap1.pcap', 'cap2', 'cap10.pcap.gz', 'link'];
    writeFileSync(join(folder, 'cap10.pcap.gz'), gzipSync(FILE));
    writeFileSync(join(folder, 'cap1.pcap'), FILE);
    writeFileSync(join(folder, 'cap2'), new PcapngWriter().section());
    symlinkSync(join(folder, 'cap2'), join(folder, 'link'));
    writeFileSync(join(folder, 'README.md'), '# notes');
    writeFileSync(join(folder, 'truth.json.gz'), gzipSync('{}'));
    writeFileSync(join(folder, '.hidden.pcap'), FILE);
    mkdirSync(join(folder, 'sub.pcap'));
    assert.deepEqual(
      await listCaptureFiles(folder),
      captures.map((name) => join(folder, name)),
    );
    setLogLevel('info');
  });

  it('keeps files it cannot look into: reading them tells why', async () => {
    const folder = temporaryFolder();
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling.pcap'));
    assert.deepEqual(await listCaptureFiles(folder), [join(folder, 'dangling.pcap')]);
  });

  it('refuses a path that is nothing and a folder without captures', async () => {
    const folder = temporaryFolder();
    const empty = await operatorError(listCaptureFiles(folder));
    assert.equal(empty.code, 'INPUT_NOT_CAPTURE');
    const missing = await operatorError(listCaptureFiles(join(folder, 'no')));
    assert.equal(missing.code, 'INPUT_UNREADABLE');
  });
});

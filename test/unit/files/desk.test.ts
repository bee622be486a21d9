import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Counters, defaultLimits, type LimitName } from '../../../sensor/core/index.ts';
import {
  createFileDesk,
  type FileDeskControl,
  type FileLack,
  type FileOffer,
  type FileStart,
  type FileStream,
  type FinishedFile,
} from '../../../sensor/files/index.ts';
import { bytesOf, sha256Of } from '../../support/sample-bytes.ts';

const CHUNK = 16 * 1024;
const START_USEC = 1_795_000_000_000_000;

class DeskLab {
  readonly told: FinishedFile[] = [];
  readonly counters = new Counters();
  readonly desk: FileDeskControl;

  constructor(limits: Partial<Record<LimitName, number>> = {}) {
    this.desk = createFileDesk({
      counters: this.counters,
      limits: { ...defaultLimits(), ...limits },
      onFile: (file) => this.told.push(file),
    });
  }

  open(start: Partial<FileStart> = {}): FileStream {
    const place = { flow: 1, direction: 0, tsUsec: START_USEC } as const;
    return this.desk.open({
      road: 'socks5',
      place,
      offer: undefined,
      expectedBytes: -1,
      hasStart: true,
      ...start,
    });
  }

  /** The file told last. */
  get last(): FinishedFile {
    const file = this.told.at(-1);
    assert.ok(file !== undefined);
    return file;
  }
}

function write(file: FileStream, bytes: Uint8Array, piece: number): void {
  for (let at = 0; at < bytes.length; at += piece) {
    file.data(bytes, at, Math.min(piece, bytes.length - at));
  }
}

function end(file: FileStream, lack: FileLack = '', afterUsec = 0): void {
  file.end(lack, { flow: 1, direction: 0, tsUsec: START_USEC + afterUsec });
}

function offer(about: Partial<FileOffer> = {}): FileOffer {
  return {
    from: 'alice@corp.example/desk',
    to: 'bob@corp.example/desk',
    tsUsec: START_USEC,
    flow: 1,
    protocol: 'jingle',
    sid: 's1',
    name: 'report.pdf',
    size: -1,
    mime: '',
    description: '',
    sha256: '',
    md5: '',
    ...about,
  };
}

describe('a file on the desk', () => {
  const bytes = bytesOf(3 * CHUNK + 77);

  for (const piece of [1, 127, 128, 1400, CHUNK - 1, CHUNK, CHUNK + 1, bytes.length]) {
    it(`is hashed and kept whole, in pieces of ${piece}`, () => {
      const lab = new DeskLab();
      const file = lab.open();
      write(file, bytes, piece);
      assert.equal(file.seenBytes, bytes.length);
      end(file);
      const { sha256, md5, content, lack, isContentWhole, hasStart, unseen } = lab.last;
      assert.equal(sha256, sha256Of(bytes));
      assert.equal(md5, createHash('md5').update(bytes).digest('hex'));
      assert.deepEqual(content, bytes);
      assert.deepEqual(
        { lack, isContentWhole, hasStart, unseen },
        {
          lack: '',
          isContentWhole: true,
          hasStart: true,
          unseen: '',
        },
      );
      assert.equal(lab.desk.bytes, 0);
      assert.equal(lab.desk.openFiles, 0);
    });
  }

  it('without a byte has the hash of nothing', () => {
    const lab = new DeskLab();
    end(lab.open());
    assert.equal(lab.last.sha256, sha256Of(new Uint8Array(0)));
    assert.equal(lab.last.content.length, 0);
    assert.equal(lab.last.isContentWhole, true);
  });

  it('is told once, whatever is called behind its end', () => {
    const lab = new DeskLab();
    const file = lab.open();
    write(file, bytes, 1400);
    end(file);
    end(file, 'gap');
    file.data(bytes, 0, 10);
    file.gap(5);
    file.drop();
    assert.equal(lab.told.length, 1);
    assert.equal(lab.last.seenBytes, bytes.length);
    assert.equal(lab.desk.bytes, 0);
  });

  it('is not told when it is dropped', () => {
    const lab = new DeskLab();
    const file = lab.open();
    write(file, bytes, 1400);
    file.drop();
    end(file);
    assert.deepEqual(lab.told, []);
    assert.equal(lab.desk.bytes, 0);
    assert.equal(lab.desk.openFiles, 0);
  });
});

describe('a file with a hole', () => {
  const bytes = bytesOf(2 * CHUNK);

  it('has no hash, and what came before is kept', () => {
    const lab = new DeskLab();
    const file = lab.open();
    file.data(bytes, 0, CHUNK + 5);
    file.gap(100);
    file.data(bytes, CHUNK + 105, 50);
    end(file);
    const { lack, sha256, md5, seenBytes, gapBytes, content, isContentWhole } = lab.last;
    assert.deepEqual([lack, sha256, md5], ['gap', '', '']);
    assert.deepEqual([seenBytes, gapBytes], [CHUNK + 55, 100]);
    assert.deepEqual(content, bytes.slice(0, CHUNK + 5));
    assert.equal(isContentWhole, false);
    assert.equal(lab.desk.bytes, 0);
  });

  it('of unknown length is one as well', () => {
    const lab = new DeskLab();
    const file = lab.open();
    file.data(bytes, 0, 10);
    file.gap(-1);
    end(file);
    assert.deepEqual([lab.last.lack, lab.last.gapBytes, lab.last.sha256], ['gap', 0, '']);
  });

  it('at its beginning keeps what follows, as bytes from its middle', () => {
    const lab = new DeskLab();
    const file = lab.open();
    file.gap(9);
    file.data(bytes, 9, 1000);
    end(file);
    assert.equal(lab.last.hasStart, false);
    assert.deepEqual(lab.last.content, bytes.slice(9, 1009));
  });

  it('beyond what is kept gives its staging memory back at once', () => {
    const lab = new DeskLab({ filesContentBytes: CHUNK });
    const file = lab.open();
    file.data(bytes, 0, CHUNK + 5);
    assert.equal(lab.desk.bytes, 2 * CHUNK);
    file.gap(1);
    assert.equal(lab.desk.bytes, CHUNK);
    end(file);
    assert.equal(lab.desk.bytes, 0);
  });

  it('that began before the capture has no hash', () => {
    const lab = new DeskLab();
    const file = lab.open({ hasStart: false });
    write(file, bytes, 1400);
    end(file);
    assert.deepEqual([lab.last.lack, lab.last.sha256], ['no_start', '']);
    assert.deepEqual(lab.last.content, bytes);
    assert.equal(lab.last.isContentWhole, false);
    assert.equal(lab.last.hasStart, false);
  });
});

describe('the size a file should have', () => {
  const bytes = bytesOf(1000);
  const lackOf = (start: Partial<FileStart>, lack: FileLack = ''): FileLack => {
    const lab = new DeskLab();
    const file = lab.open(start);
    write(file, bytes, 300);
    end(file, lack);
    if (lab.last.lack !== '') assert.equal(lab.last.sha256, '');
    return lab.last.lack;
  };

  it('not reached, it is cut off', () => {
    assert.equal(lackOf({ expectedBytes: 1001 }), 'cut_off');
    assert.equal(lackOf({ offer: offer({ size: 1001 }) }), 'cut_off');
    assert.equal(lackOf({ expectedBytes: 1001 }, 'unfinished'), 'unfinished');
  });

  it('reached, it is whole however it ended', () => {
    for (const lack of ['', 'cut_off', 'unfinished'] as const) {
      assert.equal(lackOf({ expectedBytes: 1000 }, lack), '');
      assert.equal(lackOf({ offer: offer({ size: 1000 }) }, lack), '');
    }
  });

  it('passed, it is whole only where its end was seen', () => {
    for (const lack of ['', 'cut_off', 'unfinished'] as const) {
      assert.equal(lackOf({ offer: offer({ size: 5 }) }, lack), lack);
    }
  });

  it('of the road counts before that of the offer', () => {
    assert.equal(lackOf({ expectedBytes: 1000, offer: offer({ size: 5000 }) }), '');
    assert.equal(lackOf({ expectedBytes: 5000, offer: offer({ size: 1000 }) }), 'cut_off');
  });

  it('unknown, the end says all', () => {
    assert.equal(lackOf({}), '');
    assert.equal(lackOf({}, 'cut_off'), 'cut_off');
    assert.equal(lackOf({ offer: offer({ size: -1 }) }), '');
  });

  it('said later counts too', () => {
    const lab = new DeskLab();
    const file = lab.open();
    write(file, bytes, 300);
    file.explain(offer({ size: 2000, name: 'late.bin' }));
    end(file);
    assert.equal(lab.last.lack, 'cut_off');
    assert.equal(lab.last.expectedBytes, 2000);
    assert.equal(lab.last.offer?.name, 'late.bin');
  });
});

describe('bounds of the desk', () => {
  it('content is kept up to files.content_bytes, hashes cover all', () => {
    for (const most of [0, 1, 1000, CHUNK, CHUNK + 1, 2 * CHUNK]) {
      const lab = new DeskLab({ filesContentBytes: most });
      const bytes = bytesOf(5 * CHUNK + 3);
      const file = lab.open();
      write(file, bytes, 1400);
      assert.ok(lab.desk.bytes <= Math.ceil(most / CHUNK) * CHUNK + CHUNK);
      end(file);
      assert.equal(lab.last.sha256, sha256Of(bytes));
      assert.deepEqual(lab.last.content, bytes.slice(0, most));
      assert.equal(lab.last.isContentWhole, false);
      assert.equal(lab.last.unseen, 'size');
      assert.equal(lab.desk.bytes, 0);
    }
  });

  it('a file of exactly that size is whole', () => {
    const lab = new DeskLab({ filesContentBytes: 2 * CHUNK });
    const bytes = bytesOf(2 * CHUNK);
    const file = lab.open();
    write(file, bytes, 1400);
    end(file);
    assert.equal(lab.last.isContentWhole, true);
    assert.equal(lab.last.unseen, '');
  });

  it('without memory a file is hashed and counted only, and says so', () => {
    const lab = new DeskLab({ filesMemoryBytes: 2 * CHUNK });
    const [first, second] = [lab.open(), lab.open({ offer: offer({ sid: 'b' }) })];
    const bytes = bytesOf(3 * CHUNK);
    write(first, bytes, 1400);
    write(second, bytes.subarray(1), 1400);
    assert.equal(lab.desk.bytes, 2 * CHUNK);
    end(first);
    assert.equal(lab.last.sha256, sha256Of(bytes));
    assert.equal(lab.last.unseen, 'memory');
    assert.deepEqual(lab.last.content, bytes.slice(0, 2 * CHUNK));
    end(second);
    assert.equal(lab.last.sha256, sha256Of(bytes.subarray(1)));
    assert.equal(lab.last.content.length, 0);
    assert.equal(lab.last.isContentWhole, false);
    assert.equal(lab.counters.get('filesNotKept'), 2);
    assert.equal(lab.desk.bytes, 0);
  });

  it('one file too many ends the one without bytes for longest', () => {
    const lab = new DeskLab({ filesOpen: 2 });
    const bytes = bytesOf(100);
    const [one, two] = [lab.open(), lab.open({ place: { flow: 7, direction: 1, tsUsec: 5 } })];
    one.data(bytes, 0, 10);
    const three = lab.open({ place: { flow: 9, direction: 0, tsUsec: 99 } });
    assert.equal(lab.told.length, 1);
    assert.deepEqual(lab.last.end, { flow: 7, direction: 1, tsUsec: 99 });
    assert.equal(lab.last.lack, 'unfinished');
    two.data(bytes, 0, 10);
    end(one);
    end(three);
    assert.equal(lab.told.length, 3);
    assert.equal(lab.counters.get('filesForgotten'), 1);
    assert.equal(lab.desk.openFiles, 0);
  });

  it('at its end what is open is unfinished', () => {
    const lab = new DeskLab();
    const file = lab.open();
    file.data(bytesOf(10), 0, 10);
    lab.open({ expectedBytes: 0 });
    lab.desk.finish(START_USEC + 5);
    assert.deepEqual(
      lab.told.map(({ lack }) => lack),
      // Nothing was to come in the second.
      ['unfinished', ''],
    );
    assert.equal(lab.desk.openFiles, 0);
  });
});

describe('a file seen again', () => {
  const bytes = bytesOf(500);

  function tell(lab: DeskLab, start: Partial<FileStart>, afterSeconds: number): void {
    const file = lab.open(start);
    write(file, bytes, 100);
    end(file, '', afterSeconds * 1e6);
  }

  it('under the same session id within a minute is not told twice', () => {
    const lab = new DeskLab();
    tell(lab, { offer: offer() }, 0);
    tell(lab, { offer: offer({ from: 'room@muc.example/a', to: 'bob@corp.example/x' }) }, 50);
    assert.equal(lab.told.length, 1);
    assert.equal(lab.counters.get('filesRetold'), 1);
    tell(lab, { offer: offer() }, 70);
    assert.equal(lab.told.length, 2);
  });

  it('under another session id, or without an offer, is another', () => {
    const lab = new DeskLab();
    tell(lab, { offer: offer() }, 0);
    tell(lab, { offer: offer({ sid: 's2' }) }, 1);
    tell(lab, {}, 2);
    tell(lab, {}, 3);
    assert.equal(lab.told.length, 4);
  });

  it('other bytes are another file', () => {
    const lab = new DeskLab();
    tell(lab, { offer: offer() }, 0);
    const file = lab.open({ offer: offer() });
    file.data(bytes, 0, 499);
    end(file);
    assert.equal(lab.told.length, 2);
  });

  it('a picture of an account is told once an hour, whoever fetches it', () => {
    const lab = new DeskLab();
    const avatar = (to: string, from = 'alice@corp.example/desk'): Partial<FileStart> => ({
      road: 'inline',
      offer: offer({ protocol: 'avatar', sid: '', from, to }),
    });
    tell(lab, avatar('bob@corp.example/a'), 0);
    tell(lab, avatar('carol@corp.example/b', 'Alice@corp.example'), 1800);
    assert.equal(lab.told.length, 1);
    tell(lab, avatar('carol@corp.example/b', 'dave@corp.example'), 1801);
    assert.equal(lab.told.length, 2);
    tell(lab, avatar('bob@corp.example/a'), 3700);
    assert.equal(lab.told.length, 3);
  });

  it('in an archive or carbon it is no other file', () => {
    const lab = new DeskLab();
    const message = offer({ protocol: '', sid: '' });
    tell(lab, { road: 'inline', offer: message }, 0);
    const own = offer({
      protocol: '',
      sid: '',
      from: 'bob@corp.example',
      to: 'bob@corp.example/2',
    });
    tell(lab, { road: 'inline', offer: own, isCopy: true }, 1000);
    assert.equal(lab.told.length, 1);
    // What was never told is told, copy or not.
    tell(lab, { road: 'inline', offer: own, isCopy: true }, 9000);
    assert.equal(lab.told.length, 2);
  });

  it('that goes further out than before is told again, whatever it is called', () => {
    const out = 'mallory@other.example/x';
    const [alice, bob] = ['alice@corp.example/desk', 'bob@corp.example/desk'];
    const ways: [FileStart['road'], Partial<FileOffer>, boolean][] = [
      ['socks5', {}, false],
      ['bob', { protocol: 'bob', sid: 'sha1+00@bob.xmpp.org' }, false],
      ['inline', { protocol: '', sid: '' }, true],
    ];
    for (const [road, about, isCopy] of ways) {
      const lab = new DeskLab();
      tell(lab, { road, offer: offer(about) }, 0);
      tell(lab, { road, offer: offer({ ...about, from: bob, to: alice }), isCopy: true }, 1);
      assert.equal(lab.told.length, 1, road);
      tell(lab, { road, offer: offer({ ...about, to: out }), isCopy }, 2);
      assert.equal(lab.told.length, 2, road);
      tell(lab, { road, offer: offer({ ...about, to: out }), isCopy }, 3);
      assert.equal(lab.told.length, 2, road);
    }
  });

  it('is told again when it was forgotten for lack of room', () => {
    const lab = new DeskLab({ filesRecent: 2 });
    tell(lab, { offer: offer() }, 0);
    const other = lab.open({ offer: offer({ sid: 'x' }) });
    other.data(bytes, 0, 3);
    end(other);
    tell(lab, { offer: offer() }, 1);
    assert.equal(lab.told.length, 3);
  });
});

describe('the SHA-1 of a file', () => {
  it('is made when its offer names one', () => {
    const bytes = bytesOf(300);
    for (const sha1 of ['0'.repeat(40), '']) {
      const lab = new DeskLab();
      const file = lab.open({ road: 'bob', offer: offer({ protocol: 'bob', sha1 }) });
      file.data(bytes, 0, 300);
      end(file);
      const expected = sha1 === '' ? '' : createHash('sha1').update(bytes).digest('hex');
      assert.equal(lab.last.sha1, expected);
    }
  });
});

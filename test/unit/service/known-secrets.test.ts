import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownSecrets } from '../../../sensor/service/known-secrets.ts';

function secretsOf(password: string): KnownSecrets {
  const secrets = new KnownSecrets();
  secrets.addLogin(Buffer.from(`\0alice\0${password}`).toString('base64'));
  return secrets;
}

/** What is hidden in a text. */
function hidden(password: string, text: string): string[] {
  return secretsOf(password)
    .placesIn(text)
    .map(({ start, end }) => text.slice(start, end));
}

describe('known secrets', () => {
  it('are found whatever their case, wherever they stand', () => {
    assert.deepEqual(hidden('Summer&Rain-77', 'it is SUMMER&rain-77, summer&rain-77'), [
      'SUMMER&rain-77',
      'summer&rain-77',
    ]);
    assert.deepEqual(hidden('Summer&Rain-77', 'it is summer&rain-76'), []);
  });

  it('are found beside letters that are longer in lower case', () => {
    assert.deepEqual(hidden('Hunter2Secret', 'İİ use Hunter2Secret İ'), ['Hunter2Secret']);
  });

  it('are found with such letters in them', () => {
    assert.deepEqual(hidden('Geheim İst9', 'ẞ Geheim İst9 ok'), ['Geheim İst9']);
    assert.deepEqual(hidden('Geheim İst', 'Geheim İst ok'), ['Geheim İst']);
  });

  it('are found with accents apart, and with accents in one', () => {
    const [composed, apart] = ['Pässwörd9x', 'Pässwörd9x'.normalize('NFD')];
    assert.notEqual(composed, apart);
    for (const password of [composed, apart]) {
      assert.deepEqual(hidden(password, `it is ${composed}.`), [composed]);
      assert.deepEqual(hidden(password, `it is ${apart}.`), [apart]);
    }
  });

  it('are found behind letters of two units', () => {
    assert.deepEqual(hidden('Pässwörd𝒳', '𝒳𝒳 Pässwörd𝒳𝒳'), ['Pässwörd𝒳']);
  });
});

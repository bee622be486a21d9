/** Check digits of an operator's own form: published numbers of the standards the schemes describe, and near misses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { validatorProblem } from '../../../sensor/detect/validators/index.ts';
import { loadRuleSources } from '../../../sensor/rules/index.ts';
import { judge, judgeAll } from './judge.ts';

interface Standard {
  readonly name: string;
  readonly argument: string;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const STANDARDS: readonly Standard[] = [
  {
    name: 'GTIN-13 and ISBN-13',
    argument: 'weights 3,1 mod 10',
    good: ['4006381333931', '978-0-306-40615-7', '5901234123457', '73513537'],
    bad: ['4006381333932', '978-0-306-40615-8', '5901234123475', 'A006381333931', '1'],
  },
  {
    name: 'ISBN-10',
    argument: 'weights 2,3,4,5,6,7,8,9,10 mod 11 ten X',
    good: ['0-306-40615-2', '0-8044-2957-X', '0-8044-2957-x'],
    bad: ['0-306-40615-3', '0-306-40615-X', '0-8044-2957-0', 'X-8044-2957-0', '0-8044-X957-X'],
  },
  {
    name: 'ISSN',
    argument: 'weights 2,3,4,5,6,7,8 mod 11 ten X',
    good: ['0378-5955', '2434-561X', '2049-3630'],
    bad: ['0378-5956', '2434-5610', '0387-5955'],
  },
  {
    name: 'NHS number',
    argument: 'weights 2,3,4,5,6,7,8,9,10 mod 11',
    good: ['943 476 5919', '9434765870'],
    bad: ['943 476 5918', '9434765871'],
  },
  {
    name: 'machine-readable travel document (ICAO 9303)',
    argument: 'weights 7,3,1 mod 10 from left rest letters 10',
    good: ['L898902C36', '7408122', '1204159', '5207273'],
    bad: ['L898902C37', 'L898902D36', '7408212', '1204150'],
  },
  {
    name: 'freight container (ISO 6346)',
    argument: 'weights 1,2,4,8,16,32,64,128,256,512 mod 11 from left rest letters iso6346 ten 0',
    good: ['CSQU3054383', 'MSKU 907032 3', 'TGHU7599330'],
    bad: ['CSQU3054384', 'CSQU3054338', 'MSKU 907032 4'],
  },
  {
    name: 'ISIN',
    argument: 'luhn letters split',
    good: ['US0378331005', 'AU0000XVGZA3', 'GB0002634946', 'us0378331005'],
    bad: ['US0373831005', 'US0378331006', 'AU0000VXGZA4'],
  },
  {
    name: 'LEI (ISO 17442)',
    argument: 'mod 97-10 letters split',
    good: ['506700GE1G29325QX363', '5493001KJTIIGC8Y1R12'],
    bad: ['506700GE1G29325QX364', '506700GE1G29352QX363'],
  },
  {
    name: 'ORCID (MOD 11-2)',
    argument: 'mod 11-2',
    good: ['0000-0002-1825-0097', '0000-0001-5109-3700', '0000-0002-1694-233X'],
    bad: ['0000-0002-1825-0098', '0000-0002-1694-2330', '0000-0002-1X94-2337'],
  },
  {
    name: 'blood donation number (MOD 37-2)',
    argument: 'mod 37-2',
    good: ['G123498654321H'],
    bad: ['G123498654321K', 'G123489654321H', 'G1234986*4321H'],
  },
  {
    name: 'identity number (MOD 11,10)',
    argument: 'mod 11,10',
    good: ['86095742719', '94577403194', '07945'],
    bad: ['86095742718', '94577403149', '07946'],
  },
  {
    name: 'release number (MOD 37,36)',
    argument: 'mod 37,36',
    good: ['A12425GABC1234002M', 'A1-2425G-ABC1234002-M'],
    bad: ['A12425GABC1234002N', 'A12425GACB1234002M'],
  },
  { name: 'Damm', argument: 'damm', good: ['5724', '112946'], bad: ['5727', '7524', '112949'] },
  { name: 'Verhoeff', argument: 'verhoeff', good: ['2363', '123451'], bad: ['2364', '3263'] },
  {
    name: 'CUSIP',
    argument: `weights 1,2 mod 10 from left cross sums alphabet ${ALPHANUMERIC}*@#`,
    good: ['037833100', '17275R102', '38259P508', '594918104', '68389X105'],
    bad: ['037833101', '17257R102', '68389X106'],
  },
  {
    name: 'SEDOL',
    argument: 'weights 1,3,1,7,3,9 mod 10 from left letters 10',
    good: ['0263494', 'B0WNLY7', '7108899'],
    bad: ['0263495', 'B0WLNY7'],
  },
  {
    name: 'ship (IMO)',
    argument: 'weights 7,6,5,4,3,2 mod 10 from left rest skip 3',
    good: ['IMO 9074729', 'imo9176187'],
    bad: ['IMO 9074728', 'IMO 9704729'],
  },
  {
    name: 'routing number (ABA)',
    argument: 'weights 3,7,1 mod 10 from left',
    good: ['111000025', '021000021'],
    bad: ['111000026', '012000021'],
  },
  {
    name: 'vehicle (ISO 3779)',
    argument:
      'weights 8,7,6,5,4,3,2,10,9,8,7,6,5,4,3,2 mod 11 from left rest letters vin check 9 ten X',
    good: ['1M8GDM9AXKP042788', '11111111111111111', '5GZCZ43D13S812715'],
    bad: ['1M8GDM9A1KP042788', '1M8GDM9AXKP042787', '5GZCZ43D23S812715'],
  },
  {
    name: 'Belgian national number (97 less the rest)',
    argument: 'number mod 97 width 2',
    good: ['93.05.18-223.61', '72020290081'],
    bad: ['93.05.18-223.62', '72020290018'],
  },
  {
    name: 'customer number of the documentation',
    argument: 'weights 3,1 mod 10 skip 2',
    good: ['KD-12345670', 'kd 1234 5670'],
    bad: ['KD-12345671', 'KD-12345760', 'KD'],
  },
  {
    name: 'check digit in front, with a constant',
    argument: 'weights 2,3 mod 7 check first rest add 5',
    // 1*2 + 2*3 + 4*2 (from the right: 4 2 1) + 5 = 21
    good: ['0421'],
    bad: ['1421', '0412'],
  },
];

describe('check-digit', () => {
  for (const { name, argument, good, bad } of STANDARDS) {
    it(`judges by ${argument}: ${name}`, () => {
      assert.equal(validatorProblem('check-digit', argument), undefined);
      judgeAll('check-digit', true, good, argument);
      judgeAll('check-digit', false, bad, argument);
    });
  }

  it('judges nothing but the match', () => {
    assert.equal(judge('check-digit', '99 [[4006381333931]] 99', 'weights 3,1 mod 10'), true);
  });

  it('takes every check digit but one for wrong', () => {
    for (const { argument, good } of STANDARDS) {
      const [number = ''] = good;
      // Of a check digit in the middle or in front the last one is any digit of the number.
      if (/check \d|check first/.test(argument)) continue;
      const last = number.at(-1) ?? '';
      const wrong = Array.from('0123456789').filter(
        (digit) => digit !== last && judge('check-digit', number.slice(0, -1) + digit, argument),
      );
      assert.deepEqual(wrong, [], argument);
    }
  });

  it('refuses what is longer than any number', () => {
    assert.equal(judge('check-digit', '0'.repeat(65), 'luhn'), false);
    assert.equal(judge('check-digit', '0'.repeat(64), 'luhn'), true);
  });

  it('says what is wrong with a scheme', () => {
    const cases: [argument: string, problem: RegExp][] = [
      ['', /says no scheme: write for example weights 3,1 mod 10/],
      ['weights 3,1', /need mod/],
      [
        'weights 3, 1 mod 10',
        /weight "" is not a whole number; write weights 7,3,1 without spaces/,
      ],
      ['weights 3,a mod 10', /weight "a"/],
      ['weights 0,0 mod 10', /not all of them 0/],
      ['weights', /weights has no value/],
      ['weights 3,1 mod', /mod has no value/],
      ['weights 3,1 mod 1', /mod "1" is not a whole number from 2/],
      ['weights 3,1 mod 97-10', /mod "97-10" is not a whole number/],
      ['weights 3,1 mod 10 mod 11', /mod is given twice/],
      ['weights 3,1 mod 10 from right', /from can only be left/],
      ['weights 3,1 mod 10 check middle', /check "middle"/],
      ['weights 3,1 mod 10 skip x', /skip "x" is not a whole number from 1 to 16/],
      ['weights 3,1 mod 11 ten XX', /ten "XX" is not one character/],
      ['weights 3,1 mod 10 cross', /cross has no value/],
      ['weights 3,1 mod 10 letters abc', /letters "abc" is not one of 1, 10, split, iso6346, vin/],
      ['weights 3,1 mod 10 alphabet AAB', /alphabet "AAB" is not 2 to 64 different/],
      ['weights 3,1 mod 10 letters 10 alphabet AB', /exclude each other/],
      ['weights 3,1 mod 97 width 2 check first', /two check digits stand at the end/],
      ['luhn weights 1 mod 10', /weights and luhn exclude each other/],
      ['luhn mod 10', /luhn has no mod/],
      ['damm letters 10', /damm is about digits alone/],
      ['damm from left', /from belongs to weights/],
      ['mod 10', /mod 10 needs weights; without them it is one of 11-2/],
      ['mod 11-2 letters split', /brings its own characters/],
      ['sum of digits', /does not know "sum"; it knows weights/],
    ];
    for (const [argument, problem] of cases) {
      assert.match(validatorProblem('check-digit', argument) ?? '', problem, argument);
    }
  });

  it('tells a rule author the place', () => {
    const text =
      'alert xmpp any any -> any any (msg:"m"; xmpp.text; pcre:"/KD\\d{8}/"; validate:check-digit weights 3,1 mood 10; sid:1;)';
    const [problem] = loadRuleSources([{ file: 'own.rules', text }], { validatorProblem }).problems;
    assert.deepEqual(
      [problem?.file, problem?.line, problem?.column],
      ['own.rules', 1, text.indexOf('check-digit') + 1],
    );
    assert.match(problem?.message ?? '', /does not know "mood"/);
  });
});

/**
 * `$VARIABLES` of rule headers and of threshold.config: what the configuration says over defaults
 * that let foreign rules load. Groups of addresses and of ports share one table; where a name
 * stands decides what it must hold.
 */
import { XMPP_PORTS } from '../core/index.ts';
import { parseAddress, parsePort, type RuleVariables } from './addresses.ts';
import { RuleError, type ProblemList } from './problems.ts';

/** Suricata's names for the site's servers: everything at home, unless told otherwise. */
const SERVERS: readonly string[] = [
  'HTTP_SERVERS',
  'SMTP_SERVERS',
  'SQL_SERVERS',
  'DNS_SERVERS',
  'TELNET_SERVERS',
  'DC_SERVERS',
  'XMPP_SERVERS',
];

/** Ports as Suricata ships them, and those of XMPP. */
const PORTS: Readonly<Record<string, string | readonly string[]>> = {
  XMPP_PORTS: XMPP_PORTS.map(String),
  HTTP_PORTS: '80',
  SHELLCODE_PORTS: '!80',
  ORACLE_PORTS: '1521',
  SSH_PORTS: '22',
  FTP_PORTS: '21',
  FILE_DATA_PORTS: ['$HTTP_PORTS', '110', '143'],
};

/**
 * All variables in force. HOME_NET is any unless it is set, and EXTERNAL_NET follows it: any as
 * long as HOME_NET is any, else everything else.
 */
export function withDefaultVariables(given: RuleVariables): RuleVariables {
  const home = given.get('HOME_NET') ?? 'any';
  const isAny = [home].flat().some((value) => value.trim() === 'any');
  return new Map([
    ['HOME_NET', 'any'],
    ['EXTERNAL_NET', isAny ? 'any' : '!$HOME_NET'],
    ...SERVERS.map((name): [string, string] => [name, '$HOME_NET']),
    ['AIM_SERVERS', '$EXTERNAL_NET'],
    ...Object.entries(PORTS),
    ...given,
  ]);
}

/** Report variables that no rule could use, whether one does or not. `file` names their source. */
export function checkVariables(
  given: RuleVariables,
  all: RuleVariables,
  file: string,
  problems: ProblemList,
): void {
  for (const name of given.keys()) {
    const piece = { text: `$${name}`, at: 0 };
    const asAddress = problemOf(() => parseAddress(piece, all));
    if (asAddress === undefined) continue;
    const asPort = problemOf(() => parsePort(piece, all));
    if (asPort === undefined) continue;
    // The name tells which of the two was meant, as in every rule set in use.
    const { message, hint } = name.includes('PORT') ? asPort : asAddress;
    problems.add('error', { file, line: 0, column: 0 }, `$${name}: ${message}`, hint);
  }
}

function problemOf(work: () => unknown): RuleError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
}

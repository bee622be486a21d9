/** May this user capture, and will the user the sensor drops to be there? */
import { fail, ok, unknown, warn, type Check } from './types.ts';

export interface RightsFacts {
  /** Effective user id; undefined where the platform has none. */
  readonly uid: number | undefined;
  /** CapEff of /proc/self/status; undefined where it cannot be read. */
  readonly capabilities: bigint | undefined;
  /** Path of the running Node, for setcap. */
  readonly nodePath: string;
  /** `capture.user`; '' when the sensor drops to nobody. */
  readonly dropsTo: string;
  /** Does that user exist? Undefined where it cannot be told. */
  readonly dropsToKnown: boolean | undefined;
  /** setpriv(1), which it does that with. */
  readonly hasSetpriv: boolean;
}

const CAP_NET_ADMIN = 12n;
const CAP_NET_RAW = 13n;

function has(capabilities: bigint, bit: bigint): boolean {
  return ((capabilities >> bit) & 1n) === 1n;
}

export function judgeRights(facts: RightsFacts): Check[] {
  return [capture(facts), ...user(facts)];
}

function capture({ uid, capabilities, nodePath }: RightsFacts): Check {
  if (capabilities === undefined || uid === undefined) {
    return unknown(
      'rights.capture',
      'The capabilities of this process cannot be read (/proc/self/status)',
      'interface.capture says whether an interface can be opened',
    );
  }
  const who = uid === 0 ? 'root' : `user ${uid}`;
  if (!has(capabilities, CAP_NET_RAW)) {
    return fail(
      'rights.capture',
      `This process (${who}) has no CAP_NET_RAW: it may not capture`,
      `Run as root with --user NAME, or as sensor/stanzawatch.service does under systemd (AmbientCapabilities=CAP_NET_RAW), or run: setcap cap_net_raw+ep ${nodePath}`,
    );
  }
  if (uid === 0) {
    return ok(
      'rights.capture',
      'Root may capture',
      'The sensor needs CAP_NET_RAW only: use --user NAME, or under systemd sensor/stanzawatch.service',
    );
  }
  const more = has(capabilities, CAP_NET_ADMIN) ? ' and CAP_NET_ADMIN, which is not needed' : '';
  return ok('rights.capture', `This process (${who}) has CAP_NET_RAW${more}`);
}

function user({ uid, dropsTo, dropsToKnown, hasSetpriv }: RightsFacts): Check[] {
  if (dropsTo === '') return [];
  if (dropsToKnown === undefined) {
    return [
      unknown(
        'rights.user',
        `Whether user ${dropsTo} exists cannot be told: id does not answer`,
        `Run: id ${dropsTo}`,
      ),
    ];
  }
  if (!dropsToKnown) {
    return [
      fail(
        'rights.user',
        `There is no user ${dropsTo} to drop to (capture.user)`,
        `Run: adduser --system --group ${dropsTo}`,
      ),
    ];
  }
  if (uid !== undefined && uid !== 0) {
    return [
      warn(
        'rights.user',
        `capture.user is ${dropsTo}, but only root can drop to another user`,
        'Start the sensor as root, or leave capture.user out and start it as that user',
      ),
    ];
  }
  if (!hasSetpriv) {
    return [
      fail(
        'rights.user',
        `Rights cannot be dropped to user ${dropsTo}: setpriv is not installed`,
        'Install it (Debian: apt-get install util-linux)',
      ),
    ];
  }
  return [ok('rights.user', `Rights are dropped to user ${dropsTo}`)];
}

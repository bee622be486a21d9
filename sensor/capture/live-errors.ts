/** What operators hear when an interface cannot be opened. */
import { OperatorError, errorText } from '../core/index.ts';
import { interfaceNames } from './pcap-binding.ts';
import type { LiveOptions } from './types.ts';

/** libpcap lists what it could capture from besides network interfaces; nobody means these. */
const NOT_A_NETWORK = /^(bluetooth|dbus|nflog|nfqueue|usbmon)/;

/** Turns what libpcap threw on opening into the operator's error. */
export function openError(options: LiveOptions, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  const name = options.interfaceName;
  const text = errorText(error);
  const names = interfaceNames();
  if (!names.includes(name)) {
    const known = names.filter((known) => !NOT_A_NETWORK.test(known)).join(', ');
    return new OperatorError(
      'INTERFACE_UNKNOWN',
      `Cannot capture on ${name}: there is no such interface`,
      known === '' ? 'there is no interface at all' : `interfaces here: ${known}`,
      { cause: error },
    );
  }
  if (/permi|CAP_NET_RAW/i.test(text)) {
    return new OperatorError(
      'INTERFACE_DENIED',
      `Cannot capture on ${name}: ${text}`,
      'run as root (with --user NAME to drop the rights at once), or give the right to capture: ' +
        `setcap cap_net_raw+ep ${process.execPath}`,
      { cause: error },
    );
  }
  if (options.filter !== '') return filterError(options.filter, error);
  return new OperatorError('INTERFACE_UNKNOWN', `Cannot capture on ${name}: ${text}`, undefined, {
    cause: error,
  });
}

/** The error for a BPF expression libpcap refused. */
function filterError(filter: string, error: unknown): OperatorError {
  const text = errorText(error).replace("can't parse filter expression: ", '');
  return new OperatorError(
    'FILTER_INVALID',
    `Cannot use the capture filter "${filter}": ${text}`,
    'see pcap-filter(7) for the language, for example: tcp port 5222 or tcp port 5269',
    { cause: error },
  );
}

/** What events have in common: members whose value is undefined are left out by the serialiser. */

export function known(text: string): string | undefined {
  return text === '' ? undefined : text;
}

export function positive(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

/** Ends of the packet an event is about; absent where it belongs to no flow. */
export function endsOf(record: {
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly ipVersion: 4 | 6 | 0;
  readonly communityId: string;
}): object {
  const hasFlow = record.srcIp !== '';
  return {
    src_ip: known(record.srcIp),
    src_port: hasFlow ? record.srcPort : undefined,
    dest_ip: known(record.destIp),
    dest_port: hasFlow ? record.destPort : undefined,
    proto: hasFlow ? 'TCP' : undefined,
    ip_v: positive(record.ipVersion),
    community_id: known(record.communityId),
  };
}

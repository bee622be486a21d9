/** Contract of packets/: what it must know of an alert to keep its packets, and of an interface to describe it. */

/** An alert as far as its packets go. */
export interface PacketAlert {
  readonly alertId: string;
  /** Time of the packet it fired at. */
  readonly tsUsec: number;
  /** Below 1: it belongs to no flow. */
  readonly flowId: number;
  readonly communityId: string;
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly detection: string;
}

/** Where packets came from. */
export interface PacketInterface {
  /** '' when it has none. */
  readonly name: string;
  /** LINKTYPE_ number. */
  readonly linkType: number;
}

/** Packet direction within a flow: 0 goes to the server, 1 to the client (EVE's words). */
export const DIRECTION = { toServer: 0, toClient: 1 } as const;

export type Direction = 0 | 1;

/** Flags octet of the TCP header (RFC 9293 section 3.1). */
export const TCP_FIN = 1;
export const TCP_SYN = 2;
export const TCP_RST = 4;
export const TCP_ACK = 16;
export const TCP_URG = 32;

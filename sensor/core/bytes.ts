/** Byte helpers for rooms that read wire formats. Callers have checked the length. */

/** Big-endian 16-bit value at `i`. */
export function u16(bytes: Uint8Array, i: number): number {
  return (((bytes[i] as number) << 8) | (bytes[i + 1] as number)) >>> 0;
}

/** Big-endian 32-bit value at `i`, unsigned. */
export function u32(bytes: Uint8Array, i: number): number {
  return (
    (((bytes[i] as number) << 24) |
      ((bytes[i + 1] as number) << 16) |
      ((bytes[i + 2] as number) << 8) |
      (bytes[i + 3] as number)) >>>
    0
  );
}

/** Big-endian 32-bit value at `i` as a signed integer (cheaper: stays a small integer). */
export function i32(bytes: Uint8Array, i: number): number {
  return (
    ((bytes[i] as number) << 24) |
    ((bytes[i + 1] as number) << 16) |
    ((bytes[i + 2] as number) << 8) |
    (bytes[i + 3] as number)
  );
}

/** Little-endian 32-bit value at `i`, unsigned. */
export function u32le(bytes: Uint8Array, i: number): number {
  return (
    ((bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)) >>>
    0
  );
}

/** Little-endian 16-bit value at `i`. */
export function u16le(bytes: Uint8Array, i: number): number {
  return (bytes[i] as number) | ((bytes[i + 1] as number) << 8);
}

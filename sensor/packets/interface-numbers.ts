/** Numbers of what packets come from, as packet blocks name it. */
import type { CaptureOrigin } from '../capture/index.ts';
import type { PacketInterface } from './types.ts';

/** A capture that describes more (some do, a new one for each file) has the rest under the last number of their kind. */
const MOST = 4096;

export class InterfaceNumbers {
  /** In the order of their numbers. */
  readonly list: PacketInterface[] = [];
  readonly #numbers = new Map<string, number>();
  /** The latest one asked for: mostly it is asked for again. */
  #origin: CaptureOrigin | undefined;
  #linkType = -1;
  #number = 0;

  numberOf(origin: CaptureOrigin, linkType: number): number {
    if (origin === this.#origin && linkType === this.#linkType) return this.#number;
    this.#origin = origin;
    this.#linkType = linkType;
    this.#number = this.#find(origin.interfaceName, linkType);
    return this.#number;
  }

  #find(name: string, linkType: number): number {
    const key = `${linkType} ${name}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.list.length >= MOST && name !== '') return this.#find('', linkType);
    this.list.push({ name, linkType });
    this.#numbers.set(key, this.list.length - 1);
    return this.list.length - 1;
  }
}

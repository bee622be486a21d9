/** What is counted of alerts that have something in common, by number: columns instead of objects, as there may be many. */
const FIRST_SIZE = 1 << 10;

export class Tally {
  alerts = new Float64Array(FIRST_SIZE);
  firings = new Float64Array(FIRST_SIZE);
  severity = new Uint8Array(FIRST_SIZE).fill(255);
  first = new Float64Array(FIRST_SIZE).fill(Number.MAX_SAFE_INTEGER);
  last = new Float64Array(FIRST_SIZE);

  /** Before numbers below `size` are counted. */
  reserve(size: number): void {
    let length = this.alerts.length;
    if (size <= length) return;
    while (length < size) length *= 2;
    this.alerts = grown(this.alerts, new Float64Array(length));
    this.firings = grown(this.firings, new Float64Array(length));
    this.severity = grown(this.severity, new Uint8Array(length).fill(255));
    this.first = grown(this.first, new Float64Array(length).fill(Number.MAX_SAFE_INTEGER));
    this.last = grown(this.last, new Float64Array(length));
  }

  /** One alert more. */
  add(number: number, firings: number, severity: number, first: number, last: number): void {
    this.alerts[number] = (this.alerts[number] as number) + 1;
    this.firings[number] = (this.firings[number] as number) + firings;
    if (severity < (this.severity[number] as number)) this.severity[number] = severity;
    if (first < (this.first[number] as number)) this.first[number] = first;
    if (last > (this.last[number] as number)) this.last[number] = last;
  }
}

function grown<Column extends Float64Array | Uint8Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

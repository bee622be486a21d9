/** What Grafana does to a query before a data source gets it, as far as our dashboards ask for it. */

export interface Range {
  /** Epoch seconds. */
  readonly from: number;
  readonly to: number;
}

/** A query of the SQLite data source with variables filled in, everything chosen. */
export function filledSql(text: string, range: Range, sensors: readonly string[]): string {
  const list = (values: readonly string[]): string =>
    values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
  const filled = text
    .replaceAll('$__from', `${range.from * 1000}`)
    .replaceAll('$__to', `${range.to * 1000}`)
    .replaceAll('${sensor:sqlstring}', list(sensors))
    .replaceAll('${severity:sqlstring}', list(['1', '2', '3', '4']));
  return refuseRest(filled);
}

/** A PromQL expression with variables filled in, everything chosen. */
export function filledPromql(text: string, interval: string): string {
  const filled = text
    .replaceAll('$__rate_interval', interval)
    .replaceAll('$__range', interval)
    .replaceAll('$instance', '.*')
    .replaceAll('$interface', '.*');
  return refuseRest(filled);
}

function refuseRest(text: string): string {
  const left = /\$[a-zA-Z_{]\w*/.exec(text)?.[0];
  if (left !== undefined) throw new Error(`${left} is no variable of the dashboards: ${text}`);
  return text;
}

/**
 * Grafana dashboards as code: helpers for targets, panels and dashboards whose output is plain JSON. The same input
 * gives the same bytes, so a test can compare what is committed with what is built.
 *
 * Two data sources, chosen by variables of the dashboard: Prometheus, and the store through `frser-sqlite-datasource`.
 * Text from traffic appears in tables only, as text: no panel renders Markdown or HTML, and links take ids percent-encoded.
 */

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

const PROMETHEUS: JsonObject = { type: 'prometheus', uid: '${prometheus}' };
const STORE: JsonObject = { type: 'frser-sqlite-datasource', uid: '${store}' };

/** Columns of the grid, and rows a panel takes unless told. */
const COLUMNS = 24;
const HEIGHT = 8;

/** Only series of the instances chosen. */
export const INSTANCE = 'instance=~"$instance"';
/** Rows of the sensors chosen. */
export const SENSOR = 'sensor IN (${sensor:sqlstring})';

export interface Target {
  readonly kind: 'promql' | 'sql';
  readonly text: string;
  readonly legend: string;
  readonly format: 'table' | 'time series';
  readonly isInstant: boolean;
}

/** A PromQL expression over time; `legend` may name labels as {{label}}. */
export function promql(text: string, legend = ''): Target {
  return { kind: 'promql', text, legend, format: 'time series', isInstant: false };
}

/** The same for the end of the range only. */
export function promqlNow(text: string, legend = ''): Target {
  return { kind: 'promql', text, legend, format: 'time series', isInstant: true };
}

/** Rows of the store. */
export function sql(text: string): Target {
  return { kind: 'sql', text: tidy(text), legend: '', format: 'table', isInstant: false };
}

/** Rows with the columns `time` and numbers; a text column names the series. Must come ordered by time. */
export function sqlSeries(text: string): Target {
  return { kind: 'sql', text: tidy(text), legend: '', format: 'time series', isInstant: false };
}

/** Condition: the column (epoch seconds) lies in the range of the dashboard. */
export function within(column: string): string {
  return `${column} >= $__from / 1000 AND ${column} < $__to / 1000 + 1`;
}

/** The start of the interval a time lies in: about a hundred in the range, a minute at least. */
export function interval(column: string): string {
  const seconds = 'max(60, ($__to - $__from) / 100000)';
  return `${column} / ${seconds} * ${seconds}`;
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

export interface FieldOptions {
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** Colour from a value on; the first is that of everything below the second. */
  readonly thresholds?: readonly (readonly [from: number | null, color: string])[];
  /** Value -> text and colour. */
  readonly mappings?: Readonly<Record<string, readonly [text: string, color: string]>>;
  readonly isStacked?: boolean;
  readonly isBars?: boolean;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Column {
  readonly name: string;
  readonly unit?: string;
  readonly width?: number;
  /** `${__value.text:percentencode}` is the cell, `${__data.fields.NAME:percentencode}` another of the row. */
  readonly link?: Link;
  readonly mappings?: FieldOptions['mappings'];
  readonly isHidden?: boolean;
}

export interface PanelOptions extends FieldOptions {
  readonly width: number;
  readonly height?: number;
  /** What it shows, and what to do about it. */
  readonly help: string;
  readonly columns?: readonly Column[];
  readonly links?: readonly Link[];
}

export interface Panel {
  readonly type: 'timeseries' | 'stat' | 'table' | 'bargauge' | 'row';
  readonly title: string;
  readonly targets: readonly Target[];
  readonly options: PanelOptions;
}

export function timeseries(
  title: string,
  targets: readonly Target[],
  options: PanelOptions,
): Panel {
  return { type: 'timeseries', title, targets, options };
}

/** One number; with several series one each. */
export function stat(title: string, target: Target, options: PanelOptions): Panel {
  return { type: 'stat', title, targets: [target], options: { height: 4, ...options } };
}

export function table(title: string, target: Target, options: PanelOptions): Panel {
  return { type: 'table', title, targets: [target], options: { height: 10, ...options } };
}

/** A bar for each row or series. */
export function bars(title: string, target: Target, options: PanelOptions): Panel {
  return { type: 'bargauge', title, targets: [target], options };
}

/** A heading over the panels that follow. */
export function row(title: string): Panel {
  return { type: 'row', title, targets: [], options: { width: COLUMNS, height: 1, help: '' } };
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly definition: JsonObject;
}

function datasourceVariable(name: string, label: string, type: string, uid: string): Variable {
  return {
    name,
    label,
    definition: {
      type: 'datasource',
      query: type,
      regex: '',
      multi: false,
      includeAll: false,
      refresh: 1,
      current: { selected: true, text: label, value: uid },
      hide: 0,
    },
  };
}

export const PROMETHEUS_SOURCE = datasourceVariable(
  'prometheus',
  'Stanzawatch metrics',
  'prometheus',
  'stanzawatch-prometheus',
);

export const STORE_SOURCE = datasourceVariable(
  'store',
  'Stanzawatch store',
  'frser-sqlite-datasource',
  'stanzawatch-store',
);

const ALL: JsonObject = {
  multi: true,
  includeAll: true,
  current: { selected: true, text: ['All'], value: ['$__all'] },
  hide: 0,
};

export const INSTANCE_VARIABLE: Variable = {
  name: 'instance',
  label: 'Instance',
  definition: {
    ...ALL,
    type: 'query',
    datasource: PROMETHEUS,
    query: { query: 'label_values(stanzawatch_up, instance)', refId: 'instance' },
    definition: 'label_values(stanzawatch_up, instance)',
    allValue: '.*',
    refresh: 2,
    sort: 1,
  },
};

export const INTERFACE_VARIABLE: Variable = {
  name: 'interface',
  label: 'Interface',
  definition: {
    ...ALL,
    type: 'query',
    datasource: PROMETHEUS,
    query: {
      query: 'label_values(stanzawatch_capture_packets_total, interface)',
      refId: 'interface',
    },
    definition: 'label_values(stanzawatch_capture_packets_total, interface)',
    allValue: '.*',
    refresh: 2,
    sort: 1,
  },
};

const SENSORS =
  'SELECT DISTINCT sensor FROM sessions UNION SELECT DISTINCT sensor FROM alerts ORDER BY 1';

/** Sensor names come from the store; they are an operator's words. */
export const SENSOR_VARIABLE: Variable = {
  name: 'sensor',
  label: 'Sensor',
  definition: {
    ...ALL,
    type: 'query',
    datasource: STORE,
    query: SENSORS,
    definition: SENSORS,
    refresh: 2,
    sort: 1,
  },
};

export const SEVERITY_VARIABLE: Variable = {
  name: 'severity',
  label: 'Severity',
  definition: {
    ...ALL,
    type: 'custom',
    query: 'critical : 1,high : 2,medium : 3,info : 4',
    options: [],
  },
};

/** Where the console is, as a browser of the analysts reaches it. */
export const CONSOLE_VARIABLE: Variable = {
  name: 'console',
  label: 'Console',
  definition: {
    type: 'textbox',
    query: 'http://127.0.0.1:8470',
    current: { selected: true, text: 'http://127.0.0.1:8470', value: 'http://127.0.0.1:8470' },
    hide: 0,
  },
};

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
  /** Page of the console that goes deeper. */
  readonly console: string;
  readonly from: string;
}

/** The JSON of a dashboard as Grafana 10.4 to 12 imports it. */
export function dashboardJson(dashboard: Dashboard): Json {
  return {
    annotations: { list: [] },
    description: dashboard.description,
    editable: false,
    fiscalYearStartMonth: 0,
    graphTooltip: 1,
    id: null,
    links: [
      {
        asDropdown: true,
        icon: 'external link',
        includeVars: true,
        keepTime: true,
        tags: ['stanzawatch'],
        targetBlank: false,
        title: 'Stanzawatch',
        type: 'dashboards',
        url: '',
        tooltip: '',
      },
      {
        asDropdown: false,
        icon: 'external link',
        includeVars: false,
        keepTime: false,
        tags: [],
        targetBlank: true,
        title: 'Console',
        type: 'link',
        url: `\${console}${dashboard.console}`,
        tooltip: 'The analyst console of the sensor',
      },
    ],
    panels: placed(dashboard.panels),
    refresh: '1m',
    schemaVersion: 39,
    tags: ['stanzawatch', 'xmpp'],
    templating: {
      list: dashboard.variables.map(({ name, label, definition }) => ({
        name,
        label,
        ...definition,
      })),
    },
    time: { from: dashboard.from, to: 'now' },
    timepicker: {},
    timezone: '',
    title: dashboard.title,
    uid: dashboard.uid,
    version: 1,
    weekStart: '',
  };
}

/** Panels from left to right; a row of the grid is as high as its highest panel. */
function placed(panels: readonly Panel[]): readonly Json[] {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map((panel, index) => {
    const { width, height = HEIGHT } = panel.options;
    if (x + width > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const gridPos = { h: height, w: width, x, y };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return panelJson(panel, index + 1, gridPos);
  });
}

function panelJson(panel: Panel, id: number, gridPos: JsonObject): Json {
  if (panel.type === 'row') {
    return { collapsed: false, gridPos, id, panels: [], title: panel.title, type: 'row' };
  }
  const { targets, options, title, type } = panel;
  const isSql = targets.every(({ kind }) => kind === 'sql');
  return {
    datasource: isSql ? STORE : PROMETHEUS,
    description: options.help,
    fieldConfig: {
      defaults: fieldDefaults(panel),
      overrides: (options.columns ?? []).map(overrideOf),
    },
    gridPos,
    id,
    links: (options.links ?? []).map(({ title: text, url }) => ({
      targetBlank: true,
      title: text,
      url,
    })),
    options: isSql ? OPTIONS[type] : { ...OPTIONS[type], ...(type === 'bargauge' ? SERIES : {}) },
    targets: targets.map((target, index) => targetJson(target, String.fromCharCode(65 + index))),
    title,
    type,
  };
}

function targetJson(target: Target, refId: string): Json {
  if (target.kind === 'sql') return { datasource: STORE, refId, ...sqlModel(target) };
  return {
    datasource: PROMETHEUS,
    editorMode: 'code',
    expr: target.text,
    instant: target.isInstant,
    legendFormat: target.legend === '' ? '__auto' : target.legend,
    range: !target.isInstant,
    refId,
  };
}

/** The query of the SQLite data source. Columns that hold times are named in `timeColumns`. */
function sqlModel({ text, format }: Target): Record<string, Json> {
  return {
    queryText: text,
    rawQueryText: text,
    queryType: format,
    timeColumns: ['time', 'first', 'last'],
  };
}

function fieldDefaults({ type, options }: Panel): Json {
  const { unit, decimals, min, max, thresholds, mappings } = options;
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    color: { mode: thresholds === undefined ? 'palette-classic' : 'thresholds' },
    mappings: mappings === undefined ? [] : [mappingOf(mappings)],
    thresholds: {
      mode: 'absolute',
      steps: (thresholds ?? [[null, 'green']]).map(([value, color]) => ({ value, color })),
    },
    ...(type === 'timeseries' ? { custom: lineStyle(options) } : {}),
    ...(type === 'table'
      ? { custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: true } }
      : {}),
  };
}

function lineStyle({ isStacked = false, isBars = false }: PanelOptions): Json {
  return {
    drawStyle: isBars ? 'bars' : 'line',
    fillOpacity: isBars ? 80 : 10,
    lineWidth: 1,
    pointSize: 4,
    showPoints: 'never',
    spanNulls: false,
    stacking: { group: 'A', mode: isStacked ? 'normal' : 'none' },
  };
}

function mappingOf(mappings: NonNullable<FieldOptions['mappings']>): Json {
  const entries = Object.entries(mappings).map(([value, [text, color]], index): [string, Json] => [
    value,
    { text, color, index },
  ]);
  return { type: 'value', options: Object.fromEntries(entries) };
}

function overrideOf({ name, unit, width, link, mappings, isHidden = false }: Column): Json {
  const properties: Json[] = [];
  if (unit !== undefined) properties.push({ id: 'unit', value: unit });
  if (width !== undefined) properties.push({ id: 'custom.width', value: width });
  if (isHidden) properties.push({ id: 'custom.hidden', value: true });
  if (link !== undefined) {
    properties.push({
      id: 'links',
      value: [{ title: link.title, url: link.url, targetBlank: true }],
    });
  }
  if (mappings !== undefined) {
    properties.push(
      { id: 'mappings', value: [mappingOf(mappings)] },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
    );
  }
  return { matcher: { id: 'byName', options: name }, properties };
}

const LEGEND: JsonObject = {
  calcs: [],
  displayMode: 'list',
  placement: 'bottom',
  showLegend: true,
};
const LAST: JsonObject = { calcs: ['lastNotNull'], fields: '', values: false };

/** A bar for each series, not for each of its values. */
const SERIES: JsonObject = { reduceOptions: LAST };

/** Options of the panel types, where Grafana's defaults are not what is wanted. */
const OPTIONS: Readonly<Record<Exclude<Panel['type'], 'row'>, JsonObject>> = {
  timeseries: { legend: LEGEND, tooltip: { mode: 'multi', sort: 'desc' } },
  stat: {
    colorMode: 'value',
    graphMode: 'area',
    justifyMode: 'auto',
    orientation: 'auto',
    reduceOptions: LAST,
    textMode: 'auto',
    wideLayout: true,
  },
  table: { cellHeight: 'sm', footer: { show: false }, showHeader: true },
  bargauge: {
    displayMode: 'gradient',
    orientation: 'horizontal',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', limit: 15, values: true },
    showUnfilled: true,
    valueMode: 'color',
  },
};

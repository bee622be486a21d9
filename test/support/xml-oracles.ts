/** Other XML parsers as oracles: what saxes, sax and ltx make of a document. */
import { createRequire } from 'node:module';
import sax, { type QualifiedTag } from 'sax';
import { SaxesParser } from 'saxes';
import type { TreeNode, XmlRecorder } from './xml-recorder.ts';

const require = createRequire(import.meta.url);

/** The part of ltx used here (its package has no types). */
interface LtxElement {
  readonly name: string;
  readonly attrs: Record<string, string>;
  readonly children: (LtxElement | string)[];
  getNS(): string | undefined;
  getName(): string;
}
const ltx = require('ltx') as { parse(document: string): LtxElement };

/**
 * Events that do not mean the document is not well-formed: RFC 6120's restrictions, and what is odd
 * but XML. Everything else the tokenizer says is an error by XML 1.0 or Namespaces 1.0.
 */
const NOT_ERRORS = new Set([
  'xml.comment',
  'xml.pi',
  'xml.bom',
  'xml.version',
  'xml.standalone',
  'xml.encoding_declared',
  'xml.encoding_utf16',
  'xml.encoding_utf32',
  'xml.ns_space',
  'xml.ns_separator',
  'xml.charref_obfuscation',
  'xml.text_between',
  'xml.resync',
  'xml.xmlns_count',
  'xml.attr_count',
  'xml.attr_size',
  'xml.name_size',
  'xml.ws_in_tag',
  'xml.depth_32',
]);

/** Why the tokenizer calls a document not well-formed; empty when it accepts it. */
export function errorsOf(recorder: XmlRecorder, document: Uint8Array): string[] {
  const { tokenizer } = recorder;
  recorder.said = [];
  const half = tokenizer.openHalf(false);
  tokenizer.feed(half, document, 0, document.length, 0);
  const isComplete = recorder.said.some(({ kind }) => kind === 'end');
  const errors = recorder.said
    .filter(({ kind, text }) => kind === 'event' && !NOT_ERRORS.has(text))
    .map(({ text }) => text);
  if (!isComplete || tokenizer.openElementBytes(half) > 0) errors.push('unfinished');
  tokenizer.closeHalf(half);
  recorder.said = [];
  return errors;
}

function addText(stack: readonly TreeNode[], text: string): void {
  const children = stack.at(-1)?.children;
  if (children === undefined || text === '') return;
  const last = children.at(-1);
  if (typeof last === 'string') children[children.length - 1] = last + text;
  else children.push(text);
}

export interface Verdict {
  readonly error: string | undefined;
  readonly tree: TreeNode | undefined;
}

/** saxes: strict, with namespaces. */
export function saxesRead(document: string): Verdict {
  const parser = new SaxesParser({ xmlns: true });
  let error: string | undefined;
  const top: TreeNode = { name: '', attrs: {}, children: [] };
  const stack = [top];
  parser.on('error', (problem) => {
    error ??= problem.message;
  });
  parser.on('opentag', (tag) => {
    const node: TreeNode = { name: `{${tag.uri}}${tag.local}`, attrs: {}, children: [] };
    for (const { local, uri, value } of Object.values(tag.attributes)) {
      if (uri !== 'http://www.w3.org/2000/xmlns/') node.attrs[local] ??= value;
    }
    stack.at(-1)?.children.push(node);
    stack.push(node);
  });
  parser.on('closetag', () => stack.pop());
  parser.on('text', (text) => {
    addText(stack, text);
  });
  parser.on('cdata', (text) => {
    addText(stack, text);
  });
  try {
    parser.write(document).close();
  } catch (problem) {
    error ??= String(problem);
  }
  return { error, tree: top.children.find((child) => typeof child !== 'string') };
}

function spaced(value: string): string {
  return value.replace(/[\t\n]/g, ' ');
}

/** sax in strict mode, with namespaces. */
export function saxRead(document: string): TreeNode | undefined {
  const parser = sax.parser(true, { xmlns: true });
  const top: TreeNode = { name: '', attrs: {}, children: [] };
  const stack = [top];
  parser.onopentag = (found): void => {
    const tag = found as QualifiedTag;
    const node: TreeNode = { name: `{${tag.uri}}${tag.local}`, attrs: {}, children: [] };
    for (const { local, prefix, value } of Object.values(tag.attributes)) {
      // sax and ltx leave white space in values as it is.
      if (prefix !== 'xmlns') node.attrs[local] ??= spaced(value);
    }
    stack.at(-1)?.children.push(node);
    stack.push(node);
  };
  parser.onclosetag = (): void => {
    stack.pop();
  };
  parser.ontext = parser.oncdata = (text): void => {
    addText(stack, text);
  };
  parser.write(document).close();
  return top.children.find((child) => typeof child !== 'string');
}

function fromLtx(element: LtxElement): TreeNode {
  const node: TreeNode = {
    name: `{${element.getNS() ?? ''}}${element.getName()}`,
    attrs: {},
    children: [],
  };
  for (const [name, value] of Object.entries(element.attrs)) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) {
      node.attrs[name.replace(/^.*:/, '')] ??= spaced(value);
    }
  }
  for (const child of element.children) {
    if (typeof child === 'string') addText([node], child);
    else node.children.push(fromLtx(child));
  }
  return node;
}

/** ltx, the parser of xmpp.js. */
export function ltxRead(document: string): TreeNode {
  return fromLtx(ltx.parse(document));
}

export function elementsOf(tree: TreeNode | undefined): TreeNode[] {
  return (tree?.children ?? []).filter((child) => typeof child !== 'string');
}

/** Door of xml/. */
export { createTokenizer } from './tokenizer.ts';
export {
  ELEMENT_FLAG,
  TEXT_FLAG,
  TOKEN,
  TOKEN_WORDS,
  type TapeInfo,
  type XmlHandler,
  type XmlTokenizer,
} from './types.ts';
export { NAMES, NAMESPACES, nameId, nsId, type InternedName, type NamespaceUri } from './names.ts';

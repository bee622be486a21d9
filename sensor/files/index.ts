/** Door of files/. */
export { createFiles, type Files, type FilesOptions } from './files.ts';
export { createFileDesk, type FileDeskControl, type FileDeskOptions } from './desk.ts';
export { createInspector, type InspectorOptions } from './inspector/inspector.ts';
export { FileStore, keptFile, type FileStoreOptions } from './file-store.ts';
export { fileVerdicts } from './verdicts.ts';
export { viewOfFile, type FileSurroundings } from './view-of-file.ts';
export type { OfferNews } from './offer-news.ts';
export type {
  FileDesk,
  FileLack,
  FileOffer,
  FilePart,
  FilePlace,
  FileSign,
  FileStart,
  FileStream,
  FileType,
  FinishedFile,
  Inspection,
  InspectionJob,
  Inspector,
  Road,
} from './types.ts';

/** Door of files/. */
export { createFiles, type Files } from './files.ts';
export { createFileDesk, type FileDeskControl } from './desk.ts';
export { createInspector } from './inspector/inspector.ts';
export { FileStore, keptFile, type FileStoreOptions } from './file-store.ts';
export { asAnnounced, keptContent } from './unpacked-upload.ts';
export { fileVerdicts } from './verdicts.ts';
export { viewOfFile } from './view-of-file.ts';
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

/** Door of files/. */
export { createFiles, type Files, type FilesOptions } from './files.ts';
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
  Inspection,
  InspectionJob,
  Inspector,
  Road,
} from './types.ts';

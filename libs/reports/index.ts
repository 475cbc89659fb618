export { ArchiveFiles, throughOf } from './archive-files';
export type { Manifest, Segment } from './archive-files';
export { ArchiveBehind, ArchiveReader } from './archive-reader';
export type { ArchiveReaderOptions, Snapshot } from './archive-reader';
export { ArchiveWriter } from './archive-writer';
export type { ArchiveWriterOptions } from './archive-writer';
export { verifyArchive } from './verify';
export type { Verified } from './verify';

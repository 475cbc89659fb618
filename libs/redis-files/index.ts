export { rewriteFiles } from './rewritten-files';

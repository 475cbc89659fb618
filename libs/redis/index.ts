export { connectTo, givingUpAfter, nodesOf } from './connection';
export { rewriteAllFiles } from './rewritten-files';

import { lazy, Suspense } from 'react';
import type { EditorProps } from './editor-view';
import { Loading } from './states';
import look from './editor.module.css';

export type { EditorProps };

const CodeEditor = lazy(() => import('./editor-view'));

/** A text of some length in YAML or SQL, with what is wrong where it is wrong. Escape, then Tab leaves it. */
export function Editor(props: EditorProps & { height?: number | string }) {
  const { height = 360, ...rest } = props;
  return (
    <div className={look['editor']} style={{ height }}>
      <Suspense fallback={<Loading rows={4} />}>
        <CodeEditor {...rest} />
      </Suspense>
    </div>
  );
}

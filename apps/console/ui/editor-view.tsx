import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { indentWithTab } from '@codemirror/commands';
import { sql, StandardSQL } from '@codemirror/lang-sql';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import { useEffect, useRef } from 'react';
import look from './editor.module.css';

export interface EditorProps {
  label: string;
  language: 'yaml' | 'sql';
  value: string;
  onChange?(value: string): void;
  /** What is wrong, from 1 on; without a column, the line. */
  markers?: readonly { line: number; column?: number; message: string; kind?: 'error' | 'warning' }[];
  /** Of SQL: columns by view. */
  schema?: Readonly<Record<string, readonly string[]>>;
  /** Of YAML, what may stand where the cursor is: the line until there, and all lines before it. */
  complete?(before: { line: string; lines: readonly string[] }): readonly Completion[];
  /** Ctrl or ⌘ and Enter. */
  onRun?(): void;
  isReadOnly?: boolean;
}

const NOTHING: NonNullable<EditorProps['markers']> = [];

/** Colours are tokens: a shadow root inherits them. */
const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.keyword], color: 'var(--accent-text)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--warm)' },
  { tag: [tags.comment, tags.meta], color: 'var(--text-soft)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.typeName], color: 'var(--hot)' },
]);

const theme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'transparent', color: 'var(--text)', fontSize: 'var(--size-s)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--text-soft)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent) 7%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-tooltip, .cm-panels': {
    border: '1px solid var(--line)',
    borderRadius: 'var(--round)',
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--text-on-accent)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)', textUnderlineOffset: '0.2em' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--warm)', textUnderlineOffset: '0.2em' },
  '.cm-lint-marker-error': { content: '"●"', color: 'var(--bad)' },
  '.cm-lint-marker-warning': { content: '"●"', color: 'var(--warm)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
});

/** In a shadow root: there its style sheets are made by script, which the policy of the page allows. */
export default function CodeEditor({
  label,
  language,
  value,
  onChange,
  markers = NOTHING,
  schema,
  complete,
  onRun,
  isReadOnly = false,
}: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const speech = useRef(new Compartment());
  const latest = useRef({ value, onChange, complete, onRun });
  useEffect(() => {
    latest.current = { value, onChange, complete, onRun };
  });

  useEffect(() => {
    const shadow = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const parent = document.createElement('div');
    parent.style.height = '100%';
    shadow.append(parent);
    const run = (): boolean => {
      latest.current.onRun?.();
      return latest.current.onRun !== undefined;
    };
    const one = new EditorView({
      root: shadow,
      parent,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          keymap.of([{ key: 'Mod-Enter', run }, indentWithTab]),
          basicSetup,
          theme,
          syntaxHighlighting(highlighting),
          lintGutter(),
          language === 'yaml' ? autocompletion({ override: [(context) => completionsAt(context, latest.current.complete)] }) : [],
          EditorState.readOnly.of(isReadOnly),
          // Editable content in a shadow root is not taken for something that can have the focus unless it says so.
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          EditorView.lineWrapping,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
          }),
          speech.current.of([]),
        ],
      }),
    });
    view.current = one;
    return () => {
      one.destroy();
      parent.remove();
    };
  }, [label, language, isReadOnly]);

  useEffect(() => {
    view.current!.dispatch({ effects: speech.current.reconfigure(speechOf(language, schema)) });
  }, [label, language, schema, isReadOnly]);

  useEffect(() => {
    const one = view.current!;
    const now = one.state.doc.toString();
    if (now !== value) one.dispatch({ changes: { from: 0, to: now.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const one = view.current!;
    one.dispatch(
      setDiagnostics(
        one.state,
        markers.map((marker) => diagnosticOf(one, marker)),
      ),
    );
  }, [markers, value]);

  return <div ref={host} className={look['host']} />;
}

const speechOf = (language: EditorProps['language'], schema: EditorProps['schema'] = {}): Extension =>
  language === 'yaml'
    ? yaml()
    : sql({
        dialect: StandardSQL,
        schema: Object.fromEntries(Object.entries(schema).map(([name, columns]) => [name, [...columns]])),
        upperCaseKeywords: true,
      });

function diagnosticOf({ state }: EditorView, { line, column, message, kind = 'error' }: (typeof NOTHING)[number]): Diagnostic {
  const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
  const from = column === undefined ? at.from + /^\s*/.exec(at.text)![0].length : Math.min(at.to, at.from + column - 1);
  return { from, to: Math.max(from, at.to), severity: kind, message };
}

function completionsAt(context: CompletionContext, complete: EditorProps['complete']): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const word = context.matchBefore(/[\w-]*/);
  if (!complete || (!context.explicit && (word === null || word.from === word.to))) return null;
  const lines = context.state.doc.toString().slice(0, line.from).split('\n').slice(0, -1);
  const options = complete({ line: line.text.slice(0, context.pos - line.from), lines });
  return options.length === 0 ? null : { from: word?.from ?? context.pos, options: [...options], validFor: /^[\w-]*$/ };
}

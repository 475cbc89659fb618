import { useEffect, useRef, useState } from 'react';
import { addressHas, tellWords } from './typed-words';

const PAUSE_MS = 200;

/** What is being typed, and told to the address once somebody pauses. */
export function useWords(has: string, tell: (words: string) => void): [string, (words: string) => void] {
  const [state, setState] = useState({ typed: has, told: has, had: has });
  const words = addressHas(state, has);
  if (words !== state) setState(words);
  const telling = useRef(tell);
  useEffect(() => {
    telling.current = tell;
  });
  const { typed, told } = words;
  useEffect(() => {
    if (typed.trim() === told) return undefined;
    const pause = setTimeout(() => {
      setState(tellWords);
      telling.current(typed.trim());
    }, PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, told]);
  return [typed, (now) => setState((before) => ({ ...before, typed: now }))];
}

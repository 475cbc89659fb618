import { useEffect, useState } from 'react';

/** What is being typed, once there was a pause. */
export function usePaused<Value>(typed: Value, ms: number): Value {
  const [paused, setPaused] = useState(typed);
  useEffect(() => {
    const later = setTimeout(() => setPaused(typed), ms);
    return () => clearTimeout(later);
  }, [typed, ms]);
  return paused;
}

import look from './shell-logo.module.css';

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" className={look['logo']}>
      <rect width="32" height="32" rx="8" />
      <path d="M9 8v13.5a2.5 2.5 0 0 0 2.5 2.5H23" />
      <path d="m14.5 18.5 3.5-5 3 2.5 3-6" />
    </svg>
  );
}

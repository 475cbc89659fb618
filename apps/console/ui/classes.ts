/** Those that are given, as one attribute. */
export const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ');

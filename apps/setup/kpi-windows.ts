/** Time windows of the formulas of KPIs that differ from their defaults (docs/kpi.md). */
export interface KpiWindows {
  callToAppointmentHours?: number;
  firstMeetingDays?: number;
  firstMeetingLossDays?: number;
  returnYieldDays?: number;
  atOnceMinutes?: number;
  soonMinutes?: number;
}

const WINDOWS: Readonly<Record<string, { of: keyof KpiWindows; unit: 'd' | 'h' | 'm' }>> = {
  'call-to-appointment': { of: 'callToAppointmentHours', unit: 'h' },
  'first-meeting': { of: 'firstMeetingDays', unit: 'd' },
  'first-meeting-loss': { of: 'firstMeetingLossDays', unit: 'd' },
  'return-yield': { of: 'returnYieldDays', unit: 'd' },
  'at-once': { of: 'atOnceMinutes', unit: 'm' },
  soon: { of: 'soonMinutes', unit: 'm' },
};
/** Ten years of days. */
const LONGEST = 3_653;

/** Of a text such as `first-meeting=21d,soon=90m`; or what is wrong with it. */
export function kpiWindowsIn(text: string): KpiWindows | { expected: string; got: string } {
  const windows: KpiWindows = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, name = '', digits = '', unit] = /^\s*([a-z-]+)=(\d{1,4})([a-z])\s*$/.exec(part) ?? [];
    const window = WINDOWS[name];
    const length = Number(digits);
    if (!window || unit !== window.unit || length < 1 || length > LONGEST) {
      const known = Object.entries(WINDOWS).map(([one, { unit: its }]) => `${one}=<1 to ${LONGEST}>${its}`);
      return { expected: `some of ${known.join(', ')}, separated by commas`, got: part };
    }
    windows[window.of] = length;
  }
  return windows;
}

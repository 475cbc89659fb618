export { PARAMETER_TYPES, parametersOf, ReportFiles, reportOf, UnknownReport, WrongParameter, WrongReport } from './report-files';
export type { Report, ReportChart, ReportParameter } from './report-files';
export { ReportResults } from './report-results';
export type { KeptResult, ReportResult } from './report-results';
export { REPORTS_QUEUE, ScheduledReports } from './scheduled-reports';
export type { DueReport } from './scheduled-reports';
export { scheduledRuns } from './scheduled-runs';
export type { ScheduledRuns } from './scheduled-runs';

export { benchEvents } from './bench-events';
export type { CloudEvent } from './cloud-event';
export type { SimulationOptions } from './company';
export type { HandedLead } from './handed-leads';
export { LivedCompany } from './lived-company';
export { Random } from './random';
export { organisationOf, simulate, truthOf } from './simulate';

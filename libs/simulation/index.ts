export { benchEvents } from './bench-events';
export type { CloudEvent } from './cloud-event';
export type { SimulationOptions } from './company';
export { Random } from './random';
export { simulate, truthOf } from './simulate';

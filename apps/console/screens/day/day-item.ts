import type { components } from '../../api/types.gen';

export type DayItem = components['schemas']['DayItem'];

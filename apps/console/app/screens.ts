import {
  Activity,
  ChartNoAxesColumn,
  ChartSpline,
  Contact,
  Gauge,
  Handshake,
  SlidersHorizontal,
  Sun,
  Users,
  Workflow,
  type LucideIcon,
} from 'lucide-react';
import type { Permission, Session } from './session';

export interface Screen {
  /** Its address, one of CONSOLE_PATHS in apps/api/console/console-paths.ts. */
  path: '/day' | '/inbox' | '/leads' | '/cards' | '/board' | '/kpis' | '/studio' | '/process' | '/reports' | '/content' | '/operations';
  name: 'day' | 'inbox' | 'leads' | 'cards' | 'board' | 'kpis' | 'studio' | 'process' | 'reports' | 'content' | 'operations';
  icon: LucideIcon;
  /** Whoever has it sees the screen. */
  needs: Permission;
  /** A rep sees it for what is theirs. */
  own?: true;
}

/** In the order of the navigation. A screen is here once it is there. */
export const SCREENS: readonly Screen[] = [
  { path: '/day', name: 'day', icon: Sun, needs: 'work.read', own: true },
  { path: '/inbox', name: 'inbox', icon: Handshake, needs: 'handoffs.read', own: true },
  { path: '/leads', name: 'leads', icon: Users, needs: 'leads.read', own: true },
  { path: '/cards', name: 'cards', icon: Contact, needs: 'cards.read', own: true },
  { path: '/board', name: 'board', icon: ChartNoAxesColumn, needs: 'numbers.read' },
  { path: '/kpis', name: 'kpis', icon: Gauge, needs: 'numbers.read' },
  { path: '/studio', name: 'studio', icon: SlidersHorizontal, needs: 'models.read' },
  { path: '/process', name: 'process', icon: Workflow, needs: 'processes.read' },
  { path: '/reports', name: 'reports', icon: ChartSpline, needs: 'history.query' },
  { path: '/operations', name: 'operations', icon: Activity, needs: 'projections.operate' },
];

export const mayDo = ({ permissions, own }: Pick<Session, 'permissions' | 'own'>, needs: Permission): boolean =>
  permissions.includes(needs) || own.includes(needs);

export const screensOf = (session: Session): Screen[] =>
  SCREENS.filter(({ needs, own }) => session.permissions.includes(needs) || (own === true && session.own.includes(needs)));

/** Where each role begins; whoever may not see it begins with the first that they may. */
const FIRST: Partial<Record<Session['role'], readonly Screen['path'][]>> = {
  rep: ['/day'],
  marketing: ['/inbox', '/studio'],
  manager: ['/board'],
  analyst: ['/reports'],
  operator: ['/operations'],
  owner: ['/board'],
};

export function firstScreenOf(session: Session): Screen | undefined {
  const seen = screensOf(session);
  return (FIRST[session.role] ?? []).flatMap((path) => seen.filter((one) => one.path === path))[0] ?? seen[0];
}

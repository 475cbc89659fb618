import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { queries } from '../api/query-client';
import { firstScreenOf } from './screens';
import { sessionQuery } from './session';
import { Nowhere, ScreenFailed, Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: Nowhere, errorComponent: ScreenFailed });

const first = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async () => {
    const session = await queries.ensureQueryData(sessionQuery);
    const screen = session && firstScreenOf(session);
    if (screen) throw redirect({ to: screen.path as '/', replace: true });
  },
});

/** Of the address after `?`: these, as texts. */
const texts =
  <Name extends string>(...names: Name[]) =>
  (given: Record<string, unknown>): { [Key in Name]?: string } =>
    Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, String(given[name])]]))) as {
      [Key in Name]?: string;
    };

/** One line a screen. Its code is loaded when it is opened, or when somebody is about to. */
const screens = [
  createRoute({
    getParentRoute: () => root,
    path: '/day',
    validateSearch: texts('rep'),
    component: lazyRouteComponent(() => import('../screens/day/day'), 'Day'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/inbox',
    validateSearch: texts('state', 'rep', 'open'),
    component: lazyRouteComponent(() => import('../screens/inbox/inbox'), 'Inbox'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/studio',
    validateSearch: texts('model', 'tab', 'trial'),
    component: lazyRouteComponent(() => import('../screens/studio/studio'), 'Studio'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/reports',
    validateSearch: texts('tab', 'report'),
    component: lazyRouteComponent(() => import('../screens/reports/reports'), 'Reports'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/operations',
    validateSearch: texts('part'),
    component: lazyRouteComponent(() => import('../screens/operations/operations'), 'Operations'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/board',
    validateSearch: texts('period'),
    component: lazyRouteComponent(() => import('../screens/board/board'), 'Board'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/kpis',
    validateSearch: texts('period', 'by', 'tab', 'kpi'),
    component: lazyRouteComponent(() => import('../screens/kpis/kpis'), 'Kpis'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/process',
    validateSearch: texts('of', 'view'),
    component: lazyRouteComponent(() => import('../screens/process/process'), 'Process'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/leads',
    validateSearch: texts('q', 'tier', 'rep', 'sort'),
    component: lazyRouteComponent(() => import('../screens/leads/leads'), 'Leads'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/leads/$leadId',
    component: lazyRouteComponent(() => import('../screens/lead/lead'), 'Lead'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/accounts/$accountId',
    component: lazyRouteComponent(() => import('../screens/account/account'), 'Account'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/cards',
    validateSearch: texts('rep', 'state', 'tab'),
    component: lazyRouteComponent(() => import('../screens/cards/cards'), 'Cards'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/gallery',
    component: lazyRouteComponent(() => import('../screens/gallery/gallery'), 'Gallery'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([first, ...screens]),
  defaultPreload: 'intent',
  defaultErrorComponent: ScreenFailed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { mayDo } from '../app/screens';
import { useSession } from '../app/session';

/** A lead, to be opened by whoever may read leads; numbers and trials are shown to others, too. */
export function LeadLink({ leadId, children = leadId }: { leadId: string; children?: ReactNode }) {
  const { data: session } = useSession();
  if (session == null || !mayDo(session, 'leads.read')) return children;
  return (
    <Link to="/leads/$leadId" params={{ leadId }}>
      {children}
    </Link>
  );
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handoffsProjection, parsePolicy, type HandoffPolicy } from '@leadlog/handoff';
import { dealLeads, salesKpis } from '@leadlog/kpi';
import { accountsProjection, leadsProjection } from '@leadlog/lead';
import { fromCode, type Projection, type ProjectionSource } from '@leadlog/projections';
import { dealsProjection } from '@leadlog/sales';
import { parseModel, scoresSource, type ScoringModel } from '@leadlog/scoring';
import type { Settings } from '../settings';

/** Every projection that a worker runs; what is not in this list does not exist. */
export function projectionSources(settings: Settings): ProjectionSource[] {
  const { timezone } = settings;
  return [
    fromCode(leadsProjection({ timezone }) as Projection),
    fromCode(accountsProjection as Projection),
    scoresSource(readModel(settings)),
    fromCode(handoffsProjection as Projection),
    fromCode(salesKpis({ timezone }) as Projection),
    fromCode(dealLeads() as Projection),
    fromCode(dealsProjection() as Projection),
  ];
}

function readModel({ modelFile }: Settings): ScoringModel {
  const file = modelFile ?? join(__dirname, '../../libs/scoring/models/engagement.yaml');
  return parseModel(readFileSync(file, 'utf8'), file);
}

export function readPolicy({ policyFile }: Settings): HandoffPolicy {
  const file = policyFile ?? join(__dirname, '../../libs/handoff/policies/standard.yaml');
  return parsePolicy(readFileSync(file, 'utf8'), file);
}

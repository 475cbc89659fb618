import type { FastifyReply } from 'fastify';
import type { InvalidAct } from '@leadlog/handoff';
import type { ActAnswer } from '@leadlog/handoff/handoff.handlers';
import { handoffLead, type LeadDecided } from '@leadlog/lead';
import type { LeadAnswer } from '../leads/leads.answers';
import { notKnown, refusedFor } from '../problem-details';

/** Ids of handoffs that Leadlog made hold their lead. */
export function leadOfHandoff(handoffId: string): string {
  const leadId = handoffLead(handoffId);
  if (leadId === '') throw notKnown('/id', 'the id of a handoff, as the inbox and LeadHandedOff have it', handoffId);
  return leadId;
}

export function answered({ leadId, ...answer }: ActAnswer, reply: FastifyReply): LeadAnswer {
  return { leadId, ...decided(answer, `lead ${leadId}: `, reply) };
}

/** The data of an event are the body of a command. */
const inBody = (pointer: string): string => pointer.replace(/^\/data/, '');

/** Throws RequestRefused unless it was recorded. `of`: what a refusal begins with. */
export function decided(answer: LeadDecided | InvalidAct, of: string, reply: FastifyReply): { position: string; repeated: boolean } {
  if ('invalid' in answer)
    throw refusedFor(
      422,
      answer.invalid.map((error) => ({ ...error, pointer: inBody(error.pointer) })),
      `the body cannot become a ${answer.type}; `,
    );
  if (!answer.ok) {
    const { pointer = '', expected, got } = answer;
    throw refusedFor(409, [{ pointer: inBody(pointer), expected, got }], of);
  }
  void reply.header('Leadlog-Position', String(answer.position));
  return { position: String(answer.position), repeated: answer.repeated };
}

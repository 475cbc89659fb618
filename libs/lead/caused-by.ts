/** What a decision says of the event that led to it: it is its cause, and belongs to the same piece of work. */
export function causedBy(event: { id: string; metadata: { correlationId?: string } } | undefined): { causationId?: string; correlationId?: string } {
  if (event === undefined) return {};
  const { correlationId } = event.metadata;
  return { causationId: event.id, ...(correlationId !== undefined && { correlationId }) };
}

import { answerOf, api, now } from '../api/client';
import { LEAD_CHANGES } from '../api/reads';
import { useCommand } from '../api/use-command';
import { toast } from '../ui/toast';

/** An event of the sales cycle, as `/v1/leads/{id}/activities` takes it; lead and representative are added there. */
export interface Activity {
  type:
    | 'CallCompleted'
    | 'AppointmentBooked'
    | 'AppointmentChanged'
    | 'MeetingHeld'
    | 'DealOpened'
    | 'ProductProposed'
    | 'QuoteSubmitted'
    | 'ClosingAnswered'
    | 'DealWon'
    | 'DealLost'
    | 'NextActionPlanned'
    | 'NextActionCompleted';
  data: Record<string, unknown>;
}

interface Done {
  leadId: string;
  repId: string;
  activities: (Activity & { time: string })[];
  /** Says it to whoever did it. */
  said: string;
}

export function useRecord(onDone?: () => void) {
  const { tell, ...rest } = useCommand(
    ({ leadId, repId, activities, id }: Done & { id: string }) =>
      answerOf(api.POST('/v1/leads/{id}/activities', { params: { path: { id: leadId } }, body: { id, repId, activities } as never })),
    {
      changes: LEAD_CHANGES,
      onDone: (_answer, { said }) => {
        toast(said);
        onDone?.();
      },
    },
  );
  return {
    ...rest,
    /** Together, or none. Dated now: what is sent again later is still of this moment. */
    record: (of: Omit<Done, 'activities'> & { activities: Activity[] }) => {
      const time = new Date(now()).toISOString();
      return tell({ ...of, activities: of.activities.map((one) => ({ ...one, time })) });
    },
  };
}

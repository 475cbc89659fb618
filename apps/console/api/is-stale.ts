interface Asked {
  /** Of the last time that it was asked and is being asked again. */
  failureReason: unknown;
  isRefetchError: boolean;
  isFetchingNextPage?: boolean;
  isFetchNextPageError?: boolean;
}

/**
 * Newer ones were asked for and could not be had so far. While the engine is away that is no error yet, since it is asked until it answers; and
 * what came of the next page says nothing of those that are there.
 */
export const isStale = ({ failureReason, isRefetchError, isFetchingNextPage = false, isFetchNextPageError = false }: Asked): boolean =>
  isRefetchError || (failureReason !== null && !isFetchingNextPage && !isFetchNextPageError);

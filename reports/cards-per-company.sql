---
title: Business cards per company
description: >-
  How many people of a company each representative has a card of, over all companies that are known, and how many cards came in the year before, beside what
  the representatives who exchanged any in that year have on average. People whose company nobody knows are apart.
parameters:
  - { name: at, type: date, default: null, description: the day of looking; today where it is left out }
chart: { type: bar, x: rep, y: [leads_per_company, cards_in_year] }
---
WITH asked AS (
  SELECT coalesce($at::DATE, local_day(now_known())) AS at_day
), held AS (
  -- A person is of the company that it belongs to now.
  SELECT coalesce(rep, '(nobody)') AS rep, lead, coalesce(leads.account, cards.account) AS company,
    CASE WHEN exchanged_day > at_day - 365 THEN {lead: lead, card: card} END AS recent
  FROM cards LEFT JOIN leads USING (lead), asked
  WHERE exchanged_day <= at_day
), by_rep AS (
  SELECT rep, count(DISTINCT lead) AS leads, count(DISTINCT lead) FILTER (company IS NULL) AS of_no_company, count(DISTINCT company) AS companies, count(DISTINCT recent) AS cards_in_year
  FROM held GROUP BY rep
)
SELECT
  rep,
  leads,
  of_no_company,
  companies,
  (leads - of_no_company) / nullif(companies, 0) AS leads_per_company,
  cards_in_year,
  avg(cards_in_year) FILTER (cards_in_year > 0) OVER () AS average_in_year
FROM by_rep
ORDER BY leads DESC, rep
